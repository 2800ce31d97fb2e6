#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::faults {

// Pages that watched code mapped to write in: none may be given back with a byte in it that is not
// zero, whatever failed. Told by the interposed functions.
void NoteMapped(const void* address, std::size_t length, int descriptor) noexcept;
void NoteUnmapping(const void* address, std::size_t length) noexcept;
// mremap(2): of an old length of 0 the old pages stay, and both are the same ones.
void NoteMoved(const void* from, std::size_t old_length, const void* to,
               std::size_t length) noexcept;
// What a closed descriptor mapped is reached by its mappings alone from then on.
void NoteClosed(int descriptor) noexcept;

// An unmapping that was made to fail: done after all by UnmapRefused, since the caller is not to
// try again.
void NoteRefused(void* address, std::size_t length) noexcept;
void UnmapRefused() noexcept;

// What was given back with bytes in it since the last call.
struct Unwiped {
  std::size_t count = 0;
  std::uintptr_t first = 0;  // the first mapping's address
};
[[nodiscard]] Unwiped TakeUnwiped() noexcept;

// Whether any page of watched code holds the bytes at this moment.
[[nodiscard]] bool Holds(const unsigned char* bytes, std::size_t length) noexcept;

// Bytes of all those pages.
[[nodiscard]] std::size_t WatchedBytes() noexcept;

}  // namespace memfd_secret::faults
