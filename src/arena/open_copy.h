#pragma once

#include "arena/arena.h"
#include "arena/slot.h"
#include "sys/pages.h"
#include "sys/status.h"

namespace memfd_secret::arena {

// What a view of a sealed secret looks at while the secret itself stays closed: a slot of an arena
// that is not sealed, with the bytes as they were (so that at the end only what was written goes
// back, over what others who share the secret wrote meanwhile), and behind them, between canaries,
// the copy that is looked at. Such a slot is ended as any other. Of an isolated secret it is a
// mapping of its own, too.

// Opens sealed for as long as the copy takes.
sys::Status MakeOpenCopy(Arena* open, sys::Backing backing, Slot* sealed, Slot** copy) noexcept;

// Where the copy of a secret of this length begins.
[[nodiscard]] std::byte* OpenBytes(const Slot& copy, std::size_t length) noexcept;

// Writes what was changed in the copy to sealed, which is opened only if something was.
sys::Status WriteBack(const Slot& copy, Slot* sealed) noexcept;

// The longest secret that can be sealed: the copy takes twice that, what aligns it and a canary.
inline constexpr std::size_t kLongestSealed = kLongestSecret / 2 - 15;

}  // namespace memfd_secret::arena
