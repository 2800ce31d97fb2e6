// Stands before libc's fopen, fopen64 and fclose. setvbuf is the standard's own way to give a
// stream a buffer, so that nothing of a libc's inside is touched.
#include "preload/file_buffers.h"

#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "preload/hooks.h"

extern "C" __attribute__((weak)) void* dlsym(void* __restrict handle,
                                             const char* __restrict name) noexcept;

namespace memfd_secret::preload {
namespace {

using Open = FILE* (*)(const char*, const char*);
using Close = int (*)(FILE*);

constexpr std::size_t kBufferSize = 4096;

// Open files with a buffer of ours. More at a time have libc's.
struct Buffered {
  std::atomic<FILE*> file{nullptr};
  void* buffer = nullptr;
};
constexpr std::size_t kMostFiles = 64;
constinit Buffered buffered[kMostFiles];
constinit std::atomic<std::size_t> buffered_count{0};
constinit std::atomic<bool> active{false};
constinit CodeRange openssl;

// libc's own, found at the first call: that may come before the constructor.
template <typename Function>
Function Next(std::atomic<Function>* known, const char* name) noexcept {
  Function next = known->load(std::memory_order_relaxed);
  if (next == nullptr && dlsym != nullptr) {
    next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
    known->store(next, std::memory_order_relaxed);
  }
  return next;
}

void GiveBuffer(FILE* file) noexcept {
  // Taken before it is filled in: the address of a FILE is never that of this.
  auto* const taken = reinterpret_cast<FILE*>(&active);
  for (Buffered& entry : buffered) {
    FILE* none = nullptr;
    if (!entry.file.compare_exchange_strong(none, taken, std::memory_order_acquire)) {
      continue;
    }
    void* buffer = TheHeap().Allocate(Kind::kKeys, kBufferSize);
    if (buffer == nullptr) {
      TellFallback(Kind::kKeys);
    } else if (std::setvbuf(file, static_cast<char*>(buffer), _IOFBF, kBufferSize) == 0) {
      entry.buffer = buffer;
      entry.file.store(file, std::memory_order_release);
      buffered_count.fetch_add(1, std::memory_order_relaxed);
      return;
    } else {
      TheHeap().Free(buffer);
    }
    entry.file.store(nullptr, std::memory_order_release);
    return;
  }
}

FILE* OpenFor(const void* caller, Open open, const char* path, const char* mode) noexcept {
  if (open == nullptr) {
    errno = ENOSYS;
    return nullptr;
  }
  FILE* file = open(path, mode);
  if (file != nullptr && active.load(std::memory_order_acquire) &&
      openssl.Contains(reinterpret_cast<std::uintptr_t>(caller))) {
    const int error = errno;
    GiveBuffer(file);
    errno = error;
  }
  return file;
}

// The buffer that goes with a file, which is no longer in the list; null for libc's own.
void* TakeBuffer(FILE* file) noexcept {
  if (buffered_count.load(std::memory_order_relaxed) == 0) {
    return nullptr;
  }
  for (Buffered& entry : buffered) {
    if (entry.file.load(std::memory_order_acquire) == file) {
      void* buffer = entry.buffer;
      entry.file.store(nullptr, std::memory_order_release);
      buffered_count.fetch_sub(1, std::memory_order_relaxed);
      return buffer;
    }
  }
  return nullptr;
}

constinit std::atomic<Open> next_fopen{nullptr};
constinit std::atomic<Open> next_fopen64{nullptr};
constinit std::atomic<Close> next_fclose{nullptr};

}  // namespace

void KeepFileBuffersSecret(const CodeRange& range) noexcept {
  openssl = range;
  active.store(true, std::memory_order_release);
}

}  // namespace memfd_secret::preload

// libc's names.
// NOLINTBEGIN(readability-identifier-naming)
namespace preload = memfd_secret::preload;

extern "C" __attribute__((visibility("default"))) FILE* fopen(const char* path, const char* mode) {
  return preload::OpenFor(__builtin_return_address(0), preload::Next(&preload::next_fopen, "fopen"),
                          path, mode);
}

extern "C" __attribute__((visibility("default"))) FILE* fopen64(const char* path,
                                                                const char* mode) {
  preload::Open open = preload::Next(&preload::next_fopen64, "fopen64");
  // musl has one only.
  open = open != nullptr ? open : preload::Next(&preload::next_fopen, "fopen");
  return preload::OpenFor(__builtin_return_address(0), open, path, mode);
}

extern "C" __attribute__((visibility("default"))) int fclose(FILE* file) {
  // Out of the list before the close: another thread may get the same FILE from then on.
  void* buffer = preload::TakeBuffer(file);
  const preload::Close close = preload::Next(&preload::next_fclose, "fclose");
  if (close == nullptr) {
    errno = ENOSYS;
    return EOF;
  }
  const int result = close(file);
  if (buffer != nullptr) {
    const int error = errno;
    preload::TheHeap().Free(buffer);
    errno = error;
  }
  return result;
}
// NOLINTEND(readability-identifier-naming)
