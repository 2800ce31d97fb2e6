#include "preload/heap.h"
#include "sys/bytes.h"

namespace memfd_secret::preload {

bool Heap::ResizeInPlace(void* pointer, std::size_t size) noexcept {
  Span& span = LiveSpanAt(pointer);
  const std::size_t had = SizeOf(pointer);
  if (size > had) {
    const std::uint32_t wanted = BlocksFor(size);
    if (span.count != 0 ||
        !pool_.Extend(static_cast<Kind>(span.kind), span.head, span.blocks, wanted)) {
      return false;
    }
    large_blocks_.fetch_add(wanted - span.blocks, std::memory_order_relaxed);
    span.blocks = wanted;
    return true;
  }
  if (span.count != 0) {
    // A slot four times too large is worth a copy.
    if (had > kBlockSize / 8 && size < had / 4) {
      return false;
    }
    sys::Wipe(static_cast<std::byte*>(pointer) + size, had - size);
    return true;
  }
  if (size <= kLargestSlot) {
    return false;
  }
  sys::Wipe(static_cast<std::byte*>(pointer) + size, had - size);
  const std::uint32_t wanted = BlocksFor(size);
  if (wanted < span.blocks) {
    pool_.Give(span.head + wanted, span.blocks - wanted);
    large_blocks_.fetch_sub(span.blocks - wanted, std::memory_order_relaxed);
    span.blocks = wanted;
  }
  return true;
}

}  // namespace memfd_secret::preload
