#include "heap_count.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "injector/plan.h"

namespace {

constinit std::atomic<std::size_t> blocks{0};

void* Take(std::size_t size) noexcept {
  void* got = std::malloc(size == 0 ? 1 : size);
  blocks += got != nullptr ? 1 : 0;
  return got;
}

void* TakeOrFail(std::size_t size, const void* caller) noexcept {
  return memfd_secret::faults::Judge(memfd_secret::faults::Site::kMalloc, caller) != 0 ? nullptr
                                                                                       : Take(size);
}

void* TakeOrAbort(std::size_t size) noexcept {
  void* got = Take(size);
  if (got == nullptr) {
    std::abort();
  }
  return got;
}

void GiveBack(void* block) noexcept {
  blocks -= block != nullptr ? 1 : 0;
  std::free(block);
}

}  // namespace

std::size_t memfd_secret::faults::HeapBlocks() noexcept { return blocks; }

// The package asks for memory by the first two alone; the others are the tests' own.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return TakeOrFail(size, __builtin_return_address(0));
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return TakeOrFail(size, __builtin_return_address(0));
}
void* operator new(std::size_t size) { return TakeOrAbort(size); }
void* operator new[](std::size_t size) { return TakeOrAbort(size); }
void operator delete(void* block) noexcept { GiveBack(block); }
void operator delete[](void* block) noexcept { GiveBack(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { GiveBack(block); }
void operator delete[](void* block, std::size_t /*size*/) noexcept { GiveBack(block); }
