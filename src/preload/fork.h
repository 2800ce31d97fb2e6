#pragma once

#include "preload/heap.h"

namespace memfd_secret::preload {

// From now on a child of fork(3) gets a private copy of the heap, at the same addresses, while the
// parent waits. Where this is never called, a child gets no secret page at all. False where the
// libc offers no fork handlers.
[[nodiscard]] bool CopyHeapInForks() noexcept;

}  // namespace memfd_secret::preload
