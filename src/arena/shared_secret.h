#pragma once

#include <cstddef>
#include <cstdint>

#include "arena/size_class.h"
#include "arena/slot.h"
#include "sys/seal.h"
#include "sys/status.h"

namespace memfd_secret::arena {

// 128 bits of getrandom(2): not to be guessed, and no address.
struct ShareId {
  std::uint64_t words[2] = {0, 0};

  [[nodiscard]] bool operator==(const ShareId& other) const noexcept {
    return words[0] == other.words[0] && words[1] == other.words[1];
  }
};

// A secret whose pages are mapped by several slots, of one or more threads. It lives as long as one
// of its holders: an id holds nothing. The registry and every field but id, length and canary are
// behind one lock, which is taken when a holder comes or goes and never in a hot path.
struct SharedSecret {
  ShareId id;
  std::size_t length = 0;
  std::ptrdiff_t offset = 0;  // of the secret in the mapping
  // Of every holder's mapping: the protection is each mapping's own, the pages are the same.
  sys::Sealing sealing = sys::Sealing::kNone;
  bool isolated = false;
  // Of the arena that shared it: holders of other arenas find it behind the secret.
  unsigned char canary[kCanarySize] = {};
  Slot* holders = nullptr;
  SharedSecret* next = nullptr;
  SharedSecret* previous = nullptr;
};

// Makes slot, a mapping of its own that can be duplicated, the first holder of a new entry.
sys::Status StartSharing(Slot* slot, const unsigned char* canary) noexcept;

// How the secret is sealed by whoever holds it; kNone also where no holder is left.
[[nodiscard]] sys::Sealing SharedSealing(const ShareId& id) noexcept;

// Maps the pages of id a second time and makes slot a holder. ENOENT where no holder is left that
// seals as the caller does.
sys::Status JoinSharing(const ShareId& id, sys::Sealing sealing, Slot* slot) noexcept;

// slot holds no more. True where it was the last: its pages are the caller's to wipe, and nobody
// can join any more. Its mapping must still be there.
[[nodiscard]] bool LeaveSharing(Slot* slot) noexcept;

}  // namespace memfd_secret::arena
