// malloc and free, in front of the C library's own: the package's addon takes its records from
// them.
#include "heap_calls.h"

#include <atomic>

#include "injector/judge.h"

// glibc's names for its own: looking them up by dlsym would take memory.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void __libc_free(void* block);

namespace memfd_secret::faults {
namespace {

constinit std::atomic<std::size_t> blocks{0};

}  // namespace

std::size_t WatchedBlocks() noexcept { return blocks; }

extern "C" {

void* malloc(std::size_t size) noexcept {
  const void* caller = __builtin_return_address(0);
  if (!IsWatched(caller)) {
    return __libc_malloc(size);
  }
  if (Fails(Site::kMalloc, caller)) {
    return nullptr;
  }
  void* got = __libc_malloc(size);
  blocks += got != nullptr ? 1 : 0;
  return got;
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  const void* caller = __builtin_return_address(0);
  if (!IsWatched(caller)) {
    return __libc_calloc(count, size);
  }
  if (Fails(Site::kMalloc, caller)) {
    return nullptr;
  }
  void* got = __libc_calloc(count, size);
  blocks += got != nullptr ? 1 : 0;
  return got;
}

void free(void* block) noexcept {
  if (block != nullptr && IsWatched(__builtin_return_address(0))) {
    --blocks;
  }
  __libc_free(block);
}

}  // extern "C"

}  // namespace memfd_secret::faults
