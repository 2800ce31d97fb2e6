// The C library's functions for memory, in front of its own.
#include <sys/epoll.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdarg>

#include "injector/judge.h"
#include "injector/watched_memory.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace memfd_secret::faults {
namespace {

bool IsWritable(int protection) noexcept { return (protection & PROT_WRITE) != 0; }

}  // namespace

extern "C" {

void* mmap(void* address, std::size_t length, int protection, int flags, int descriptor,
           off_t offset) noexcept {
  static auto* next = Next<void*(void*, std::size_t, int, int, int, off_t)>("mmap");
  const void* caller = __builtin_return_address(0);
  if (!IsWatched(caller)) {
    return next(address, length, protection, flags, descriptor, offset);
  }
  const Site site = (flags & MAP_FIXED_NOREPLACE) != 0 ? Site::kMapAt : Site::kMmap;
  if (Fails(site, caller)) {
    return MAP_FAILED;
  }
  if ((flags & MAP_FIXED) != 0) {
    NoteUnmapping(address, length);
  }
  void* got = next(address, length, protection, flags, descriptor, offset);
  if (got != MAP_FAILED && IsWritable(protection)) {
    NoteMapped(got, length, (flags & MAP_ANONYMOUS) != 0 ? -1 : descriptor);
  }
  return got;
}

int munmap(void* address, std::size_t length) noexcept {
  static auto* next = Next<int(void*, std::size_t)>("munmap");
  const void* caller = __builtin_return_address(0);
  if (!IsWatched(caller)) {
    return next(address, length);
  }
  if (Fails(Site::kMunmap, caller)) {
    NoteRefused(address, length);
    return -1;
  }
  NoteUnmapping(address, length);
  return next(address, length);
}

void* mremap(void* address, std::size_t old_length, std::size_t length, int flags, ...) noexcept {
  static auto* next = Next<void*(void*, std::size_t, std::size_t, int, ...)>("mremap");
  const void* caller = __builtin_return_address(0);
  std::va_list more;
  va_start(more, flags);
  void* target = (flags & MREMAP_FIXED) != 0 ? va_arg(more, void*) : nullptr;
  va_end(more);
  if (!IsWatched(caller)) {
    return next(address, old_length, length, flags, target);
  }
  if (Fails(Site::kMremap, caller)) {
    return MAP_FAILED;
  }
  void* got = next(address, old_length, length, flags, target);
  if (got != MAP_FAILED) {
    NoteMoved(address, old_length, got, length);
  }
  return got;
}

int madvise(void* address, std::size_t length, int advice) noexcept {
  static auto* next = Next<int(void*, std::size_t, int)>("madvise");
  return Fails(Site::kMadvise, __builtin_return_address(0)) ? -1 : next(address, length, advice);
}

int mlock(const void* address, std::size_t length) noexcept {
  static auto* next = Next<int(const void*, std::size_t)>("mlock");
  return Fails(Site::kMlock, __builtin_return_address(0)) ? -1 : next(address, length);
}

int mprotect(void* address, std::size_t length, int protection) noexcept {
  static auto* next = Next<int(void*, std::size_t, int)>("mprotect");
  return Fails(Site::kMprotect, __builtin_return_address(0)) ? -1
                                                             : next(address, length, protection);
}

int msync(void* address, std::size_t length, int flags) {
  static auto* next = Next<int(void*, std::size_t, int)>("msync");
  return Fails(Site::kMsync, __builtin_return_address(0)) ? -1 : next(address, length, flags);
}

int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
  static auto* next = Next<int(int, int, int, epoll_event*)>("epoll_ctl");
  return Fails(Site::kEpollCtl, __builtin_return_address(0))
             ? -1
             : next(epoll, operation, descriptor, event);
}

}  // extern "C"

}  // namespace memfd_secret::faults
