#include "sys/mapping.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "sys/map_count.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace memfd_secret::sys {
namespace {

// Another thread may take the gap between finding it and mapping into it; more losses than this in
// a row are no accident.
constexpr int kAttempts = 16;
// How far below the first gap a further attempt may go: more than the heaps of threads that lie
// there.
constexpr std::size_t kScatter = std::size_t{1} << 36U;

constinit std::atomic<std::uint64_t> losses_met{1};

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
  return MapAt(address, PageSize(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1) !=
         MAP_FAILED;
}

// Where length bytes fit at the moment. All threads are led to the same gap, and two that keep step
// would lose it to each other each time. So after a loss the place is some way below, another for
// each loss in the process.
Status FindGap(std::size_t length, int losses, std::byte** out) noexcept {
  void* gap = mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (gap == MAP_FAILED) {
    return Failed(Call::kMmap);
  }
  if (munmap(gap, length) != 0) {
    return Failed(Call::kMunmap);
  }
  *out = static_cast<std::byte*>(gap);
  if (losses > 0) {
    // Multiples of the golden ratio: each far from those before it.
    const std::uint64_t mixed =
        losses_met.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15U >> 32U;
    *out -= mixed % (kScatter / length + 16) * length;
  }
  return kOk;
}

Status MapInGap(int descriptor, std::size_t length, Mapping* out) noexcept {
  const std::size_t page = PageSize();
  const int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  Status status{Call::kMmap, EEXIST};
  for (int attempt = 0; attempt < kAttempts && status.error == EEXIST; ++attempt) {
    // Find a gap, let it go, and map into it piece by piece without replacing anything. Mapping
    // over a reservation by MAP_FIXED would be shorter, but where that fails (the limit) kernels
    // before 6.12 leave a hole in it that another thread's mapping may have filled when it is
    // unmapped.
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

}  // namespace

std::size_t PageSize() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

std::size_t RoundUpToPages(std::size_t length) noexcept {
  const std::size_t mask = PageSize() - 1;
  return length > SIZE_MAX - mask ? 0 : (length + mask) & ~mask;
}

Status Prefault(const std::byte* pages, std::size_t length) noexcept {
  for (std::size_t at = 0; at < length; at += PageSize()) {
    // The kernel copies the event from the page before it looks at the descriptors, and -1 is never
    // one: the answer is EBADF where the page is there and EFAULT where it is not. No descriptor is
    // needed, which a limit could refuse.
    auto* event = const_cast<std::byte*>(pages + at);
    if (epoll_ctl(-1, EPOLL_CTL_ADD, -1, reinterpret_cast<epoll_event*>(event)) == 0 ||
        errno != EBADF) {
      return Failed(Call::kPrefault);
    }
  }
  return kOk;
}

Status MapBetweenGuards(int descriptor, std::size_t length, Mapping* out) noexcept {
  if (const Status status = CountMapping(); !status.ok()) {
    return status;
  }
  const Status status = MapInGap(descriptor, length, out);
  if (!status.ok()) {
    UncountMapping();
  }
  return status;
}

Status Unmap(const Mapping& mapping) noexcept {
  const std::size_t page = PageSize();
  if (munmap(mapping.pages - page, mapping.length + 2 * page) != 0) {
    return Failed(Call::kMunmap);
  }
  UncountMapping();
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
