#pragma once

#include <cstdint>

#include "preload/heap.h"
#include "preload/settings.h"

namespace memfd_secret::preload {

struct Counters {
  std::uint64_t other_allocations = 0;
  std::uint64_t fallbacks = 0;
};

// The one heap of the process.
[[nodiscard]] Heap& TheHeap() noexcept;

using SetMemFunctions = int (*)(void* (*)(std::size_t, const char*, int),
                                void* (*)(void*, std::size_t, const char*, int),
                                void (*)(void*, const char*, int));

// Makes OpenSSL allocate through the heap. False where it has allocated already, or is no OpenSSL.
[[nodiscard]] bool HookOpenSsl(SetMemFunctions set, Scope scope) noexcept;

// Counts what had no room in secret memory, and says it once.
void TellFallback(Kind kind) noexcept;

[[nodiscard]] Counters ReadCounters() noexcept;

}  // namespace memfd_secret::preload
