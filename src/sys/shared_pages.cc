#include "sys/shared_pages.h"

#include <sys/mman.h>

#include "sys/map_count.h"
#include "sys/reservation.h"

namespace memfd_secret::sys {
namespace {

// MapBetweenGuards takes a descriptor for shared pages: that of /dev/zero would do, where there is
// one. Mapping here, and moving between guards, needs none.
Status MapSharedAnonymous(std::size_t length, std::byte** out) noexcept {
  void* got = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) {
    return Failed(Call::kMmap);
  }
  *out = static_cast<std::byte*>(got);
  if (madvise(got, length, MADV_DONTDUMP) != 0 || madvise(got, length, MADV_DONTFORK) != 0) {
    const Status status = Failed(Call::kMadvise);
    munmap(got, length);
    return status;
  }
  if (mlock(got, length) != 0) {
    const Status status = Failed(Call::kMlock);
    munmap(got, length);
    return status;
  }
  return kOk;
}

// Moves pages between guards. What a limit can refuse has been asked for before; where the kernel
// refuses the move nevertheless, the pages are unmapped, and of the reservation its guards alone:
// whether its middle is still ours cannot be told (a failed mremap may have unmapped its target),
// and a range of addresses without memory harms nobody.
Status MoveBetweenGuards(std::byte* pages, std::size_t length, Mapping* out) noexcept {
  const std::size_t page = PageSize();
  Reservation reservation;
  // Unmap takes it off again.
  if (const Status counted = CountMapping(); !counted.ok()) {
    munmap(pages, length);
    return counted;
  }
  Status status = Reserve(length, &reservation);
  if (status.ok()) {
    std::byte* base = reservation.base;
    if (mremap(pages, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, base) != MAP_FAILED) {
      *out = {base, length};
      return kOk;
    }
    status = Failed(Call::kMremap);
    munmap(base - page, page);
    munmap(base + length, page);
  }
  munmap(pages, length);
  UncountMapping();
  return status;
}

}  // namespace

Status MapShareablePages(Backing backing, std::size_t length, Mapping* out) noexcept {
  if (backing != Backing::kMlock) {
    return MapPages(backing, length, out);
  }
  std::byte* pages = nullptr;
  if (const Status status = MapSharedAnonymous(length, &pages); !status.ok()) {
    return status;
  }
  return MoveBetweenGuards(pages, length, out);
}

Status DuplicatePages(const Mapping& source, Sealing sealing, Mapping* out, Seal* seal) noexcept {
  void* got = mremap(source.pages, 0, source.length, MREMAP_MAYMOVE);
  if (got == MAP_FAILED) {
    return Failed(Call::kMremap);
  }
  auto* pages = static_cast<std::byte*>(got);
  // The duplicate inherits the source's advice; said again since everything rests on it.
  if (madvise(pages, source.length, MADV_DONTFORK) != 0) {
    const Status status = Failed(Call::kMadvise);
    munmap(pages, source.length);
    return status;
  }
  // It also inherits the protection that the source has at the moment, which its own thread may be
  // changing.
  const Mapping unguarded{pages, source.length};
  Status status = CloseSeal(sealing, unguarded, seal);
  if (status.ok()) {
    const SealOpening opening(seal, unguarded);
    status = opening.status();
    if (status.ok()) {
      status = Prefault(pages, source.length);
    }
  }
  if (status.ok()) {
    status = seal->unclosed;
  }
  if (!status.ok()) {
    munmap(pages, source.length);
    return status;
  }
  return MoveBetweenGuards(pages, source.length, out);
}

}  // namespace memfd_secret::sys
