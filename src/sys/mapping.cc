#include "sys/mapping.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace memfd_secret::sys {
namespace {

// Another thread may take the gap between finding it and mapping into it; more losses than this in a row are no accident.
constexpr int kAttempts = 16;
// The most space that is looked for: length times 2 to this.
constexpr int kMostDoublings = 7;

void* MapAt(void* address, std::size_t length, int protection, int flags, int descriptor) noexcept {
  void* got = mmap(address, length, protection, flags | MAP_FIXED_NOREPLACE, descriptor, 0);
  if (got != MAP_FAILED && got != address) {
    // A kernel before 4.17 takes MAP_FIXED_NOREPLACE for a mere hint.
    munmap(got, length);
    errno = EEXIST;
    return MAP_FAILED;
  }
  return got;
}

bool MapGuard(std::byte* address) noexcept {
  return MapAt(address, PageSize(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1) != MAP_FAILED;
}

// Where length bytes fit at the moment. After each loss twice the space is looked for and its middle taken: threads that
// map at the same time fill a gap from one of its ends, and two that keep step would else lose to each other each time.
Status FindGap(std::size_t length, int losses, std::byte** out) noexcept {
  const std::size_t space = length << (losses < kMostDoublings ? losses : kMostDoublings);
  void* gap = mmap(nullptr, space, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (gap == MAP_FAILED) {
    // RLIMIT_AS may refuse what is not needed.
    return losses > 0 ? FindGap(length, 0, out) : Failed(Call::kMmap);
  }
  if (munmap(gap, space) != 0) {
    return Failed(Call::kMunmap);
  }
  *out = static_cast<std::byte*>(gap) + ((space - length) / 2 & ~(PageSize() - 1));
  return kOk;
}

}  // namespace

std::size_t PageSize() noexcept {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t RoundUpToPages(std::size_t length) noexcept {
  const std::size_t mask = PageSize() - 1;
  return length > SIZE_MAX - mask ? 0 : (length + mask) & ~mask;
}

Status Prefault(const std::byte* pages, std::size_t length) noexcept {
  for (std::size_t at = 0; at < length; at += PageSize()) {
    // The kernel copies the event from the page before it looks at the descriptors, and -1 is never one: the answer is
    // EBADF where the page is there and EFAULT where it is not. No descriptor is needed, which a limit could refuse.
    auto* event = const_cast<std::byte*>(pages + at);
    if (epoll_ctl(-1, EPOLL_CTL_ADD, -1, reinterpret_cast<epoll_event*>(event)) == 0 || errno != EBADF) {
      return Failed(Call::kPrefault);
    }
  }
  return kOk;
}

Status MapBetweenGuards(int descriptor, std::size_t length, Mapping* out) noexcept {
  const std::size_t page = PageSize();
  const int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  Status status{Call::kMmap, EEXIST};
  for (int attempt = 0; attempt < kAttempts && status.error == EEXIST; ++attempt) {
    // Find a gap, let it go, and map into it piece by piece without replacing anything. Mapping over a reservation by
    // MAP_FIXED would be shorter, but where that fails (the limit) kernels before 6.12 leave a hole in it that another
    // thread's mapping may have filled when it is unmapped.
    std::byte* gap = nullptr;
    if (const Status found = FindGap(length + 2 * page, attempt, &gap); !found.ok()) {
      return found;
    }
    std::byte* pages = gap + page;
    if (MapAt(pages, length, PROT_READ | PROT_WRITE, flags, descriptor) == MAP_FAILED) {
      status = Failed(Call::kMmap);
      continue;
    }
    const bool below = MapGuard(pages - page);
    if (below && MapGuard(pages + length)) {
      *out = {pages, length};
      return kOk;
    }
    status = Failed(Call::kMmap);
    std::byte* from = below ? pages - page : pages;
    if (munmap(from, static_cast<std::size_t>(pages + length - from)) != 0) {
      return Failed(Call::kMunmap);
    }
  }
  return status;
}

Status Unmap(const Mapping& mapping) noexcept {
  const std::size_t page = PageSize();
  if (munmap(mapping.pages - page, mapping.length + 2 * page) != 0) {
    return Failed(Call::kMunmap);
  }
  return kOk;
}

Status ReplaceByZeroPages(const Mapping& mapping) noexcept {
  void* got = mmap(mapping.pages, mapping.length, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED) {
    return Failed(Call::kMmap);
  }
  // A native job that still writes here writes what may be secret.
  if (madvise(mapping.pages, mapping.length, MADV_DONTDUMP) != 0 ||
      madvise(mapping.pages, mapping.length, MADV_DONTFORK) != 0) {
    return Failed(Call::kMadvise);
  }
  return kOk;
}

}  // namespace memfd_secret::sys
