#include "sys/reservation.h"

#include <sys/mman.h>

#include <cstring>

#include "sys/bytes.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace memfd_secret::sys {
namespace {

constexpr int kNothing = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

// Moves pages to another address, replacing what is there, and unmaps the guards they had.
Status MoveOnto(const Mapping& mapping, std::byte* at) noexcept {
  const std::size_t page = PageSize();
  if (mremap(mapping.pages, mapping.length, mapping.length, MREMAP_MAYMOVE | MREMAP_FIXED, at) ==
      MAP_FAILED) {
    return Failed(Call::kMremap);
  }
  // Not Unmap: between the guards is a gap now, which another thread may have filled.
  if (munmap(mapping.pages - page, page) != 0 ||
      munmap(mapping.pages + mapping.length, page) != 0) {
    return Failed(Call::kMunmap);
  }
  return kOk;
}

}  // namespace

Status Reserve(std::size_t length, Reservation* out) noexcept {
  const std::size_t page = PageSize();
  void* got = mmap(nullptr, length + 2 * page, PROT_NONE, kNothing, -1, 0);
  if (got == MAP_FAILED) {
    return Failed(Call::kMmap);
  }
  *out = {static_cast<std::byte*>(got) + page, length};
  return kOk;
}

Status MapOrdinary(std::size_t length, void** out) noexcept {
  void* got = mmap(nullptr, length, PROT_READ | PROT_WRITE, kNothing, -1, 0);
  if (got == MAP_FAILED) {
    return Failed(Call::kMmap);
  }
  *out = got;
  return kOk;
}

Status Fill(Backing backing, std::byte* at, std::size_t length, Addresses* addresses) noexcept {
  *addresses = Addresses::kKept;
  Mapping mapping;
  if (const Status status = MapPages(backing, length, &mapping); !status.ok()) {
    return status;
  }
  const Status status = MoveOnto(mapping, at);
  if (status.ok() || status.call == Call::kMunmap) {
    // Two guard pages that stay mapped harm nobody.
    return kOk;
  }
  static_cast<void>(Unmap(mapping));
  // A failed mremap may have unmapped its target already. Where the range is still reserved this
  // answers EEXIST, as it does where another thread took it: not to be told apart.
  void* again = mmap(at, length, PROT_NONE, kNothing | MAP_FIXED_NOREPLACE, -1, 0);
  if (again != at) {
    *addresses = Addresses::kLost;
    if (again != MAP_FAILED) {
      munmap(again, length);
    }
  }
  return status;
}

Status SetInherited(std::byte* at, std::size_t length, bool inherited) noexcept {
  if (madvise(at, length, inherited ? MADV_DOFORK : MADV_DONTFORK) != 0) {
    return Failed(Call::kMadvise);
  }
  return kOk;
}

Status ReplaceByCopy(Backing backing, std::byte* at, std::size_t length) noexcept {
  Mapping mapping;
  if (const Status status = MapPages(backing, length, &mapping); !status.ok()) {
    return status;
  }
  std::memcpy(mapping.pages, at, length);
  const Status status = MoveOnto(mapping, at);
  if (status.call == Call::kMremap) {
    Wipe(mapping.pages, length);
    static_cast<void>(Unmap(mapping));
    return status;
  }
  return kOk;
}

}  // namespace memfd_secret::sys
