#include "preload/heap.h"

#include <bit>

#include "preload/message.h"
#include "sys/bytes.h"

namespace memfd_secret::preload {
namespace {

// Where this thread allocates. initial-exec: the library is loaded before main, and needs no help
// of a libc to find it.
__attribute__((tls_model("initial-exec"))) thread_local std::uint8_t home_shard = 0;

void Link(Span*& list, Span* span) noexcept {
  span->previous = nullptr;
  span->next = list;
  if (list != nullptr) {
    list->previous = span;
  }
  list = span;
}

void Unlink(Span*& list, Span* span) noexcept {
  (span->previous == nullptr ? list : span->previous->next) = span->next;
  if (span->next != nullptr) {
    span->next->previous = span->previous;
  }
}

[[noreturn]] void BadPointer() noexcept {
  EndProcess(
      "Expected a live allocation of this library for free but received a pointer that is none");
}

}  // namespace

void* Heap::Allocate(Kind kind, std::size_t size) noexcept {
  if (size <= kLargestSlot) {
    return AllocateSlot(kind, ClassOf(size));
  }
  return AllocateBlocks(kind, size);
}

void* Heap::AllocateSlot(Kind kind, std::size_t slot_class) noexcept {
  const auto kind_index = static_cast<std::size_t>(kind);
  std::size_t shard = home_shard;
  Bin* bin = &bins_[shard][kind_index][slot_class];
  for (std::size_t tries = 0; !bin->lock.TryLock(); ++tries) {
    if (tries == kShards) {
      bin->lock.Lock();
      break;
    }
    shard = (shard + 1) % kShards;
    home_shard = static_cast<std::uint8_t>(shard);
    bin = &bins_[shard][kind_index][slot_class];
  }
  void* slot = TakeFrom(*bin, kind, slot_class, shard, true);
  bin->lock.Unlock();
  return slot != nullptr ? slot : FindSlot(kind, slot_class, shard);
}

void* Heap::TakeFrom(Bin& bin, Kind kind, std::size_t slot_class, std::size_t shard,
                     bool may_cut) noexcept {
  if (bin.with_room == nullptr) {
    Span* cut = may_cut ? CutSpan(kind, slot_class, shard) : nullptr;
    if (cut == nullptr) {
      return nullptr;
    }
    Link(bin.with_room, cut);
  }
  Span* span = bin.with_room;
  std::size_t word = 0;
  while (span->free[word] == 0) {
    ++word;
  }
  const auto bit = static_cast<std::size_t>(std::countr_zero(span->free[word]));
  span->free[word] &= span->free[word] - 1;
  if (span == bin.spare) {
    bin.spare = nullptr;
  }
  if (++span->taken == span->count) {
    Unlink(bin.with_room, span);
  }
  ++bin.allocations;
  ++bin.taken;
  return SlotsOf(*span) + (word * 64 + bit) * kSlotSizes[slot_class];
}

Span* Heap::CutSpan(Kind kind, std::size_t slot_class, std::size_t shard) noexcept {
  auto blocks = static_cast<std::uint32_t>(BlocksOf(slot_class));
  std::uint32_t first = pool_.Take(kind, blocks);
  if (first == kNoBlock && blocks > 1) {
    blocks = BlocksFor(kSlotSizes[slot_class]);
    first = pool_.Take(kind, blocks);
  }
  if (first == kNoBlock) {
    return nullptr;
  }
  for (std::uint32_t block = first; block < first + blocks; ++block) {
    pool_.SpanAt(block).head = first;
    pool_.SpanAt(block).live = true;
  }
  Span& span = pool_.SpanAt(first);
  span.blocks = blocks;
  span.count = static_cast<std::uint16_t>(blocks * kBlockSize / kSlotSizes[slot_class]);
  span.taken = 0;
  span.slot_class = static_cast<std::uint8_t>(slot_class);
  span.kind = static_cast<std::uint8_t>(kind);
  span.shard = static_cast<std::uint8_t>(shard);
  for (std::size_t word = 0; word < 4; ++word) {
    const std::size_t slots = span.count > word * 64 ? span.count - word * 64 : 0;
    span.free[word] = slots >= 64 ? UINT64_MAX : (std::uint64_t{1} << slots) - 1;
  }
  return &span;
}

void Heap::GiveSpare(Bin& bin) noexcept {
  Unlink(bin.with_room, bin.spare);
  GiveSpan(bin.spare);
  bin.spare = nullptr;
}

void Heap::GiveSpan(Span* span) noexcept {
  const std::uint32_t first = span->head;
  const std::uint32_t blocks = span->blocks;
  for (std::uint32_t block = first; block < first + blocks; ++block) {
    pool_.SpanAt(block).live = false;
  }
  pool_.Give(first, blocks);
}

void* Heap::AllocateBlocks(Kind kind, std::size_t size) noexcept {
  if (size > SIZE_MAX / 2) {
    return nullptr;
  }
  const std::uint64_t wanted = (size + kBlockSize - 1) / kBlockSize;
  if (wanted >= kNoBlock) {
    return nullptr;
  }
  const auto blocks = static_cast<std::uint32_t>(wanted);
  std::uint32_t first = pool_.Take(kind, blocks);
  if (first == kNoBlock && GiveSpares()) {
    first = pool_.Take(kind, blocks);
  }
  if (first == kNoBlock) {
    return nullptr;
  }
  Span& span = pool_.SpanAt(first);
  span.head = first;
  span.blocks = blocks;
  span.count = 0;
  span.kind = static_cast<std::uint8_t>(kind);
  span.live = true;
  large_allocations_.fetch_add(1, std::memory_order_relaxed);
  large_blocks_.fetch_add(blocks, std::memory_order_relaxed);
  return pool_.At(first);
}

Span& Heap::LiveSpanAt(const void* pointer) const noexcept {
  const Span& block = pool_.SpanAt(pool_.BlockAt(pointer));
  if (!block.live) {
    BadPointer();
  }
  return pool_.SpanAt(block.head);
}

void Heap::Free(void* pointer) noexcept {
  Span& span = LiveSpanAt(pointer);
  const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(pointer) - SlotsOf(span));
  if (span.count == 0) {
    if (offset != 0) {
      BadPointer();
    }
    FreeBlocks(span, span.head);
    return;
  }
  const std::size_t size = kSlotSizes[span.slot_class];
  const std::size_t index = SlotAt(offset, span.slot_class);
  if (index * size != offset) {
    BadPointer();
  }
  // Before the lock: nobody else may look at a live slot.
  sys::Wipe(pointer, size);
  Bin& bin = bins_[span.shard][span.kind][span.slot_class];
  const sys::LockHolder holder(bin.lock);
  const std::uint64_t bit = std::uint64_t{1} << (index % 64);
  if ((span.free[index / 64] & bit) != 0) {
    BadPointer();
  }
  span.free[index / 64] |= bit;
  --bin.taken;
  EndDrought(span.kind, span.slot_class);
  if (span.taken-- == span.count) {
    Link(bin.with_room, &span);
  }
  if (span.taken > 0) {
    return;
  }
  if (bin.spare == nullptr) {
    bin.spare = &span;
    return;
  }
  Unlink(bin.with_room, &span);
  GiveSpan(&span);
}

void Heap::FreeBlocks(Span& span, std::uint32_t block) noexcept {
  const std::uint32_t blocks = span.blocks;
  sys::Wipe(pool_.At(block), blocks * kBlockSize);
  span.live = false;
  large_blocks_.fetch_sub(blocks, std::memory_order_relaxed);
  pool_.Give(block, blocks);
}

std::size_t Heap::SizeOf(const void* pointer) const noexcept {
  const Span& span = LiveSpanAt(pointer);
  return span.count == 0 ? span.blocks * kBlockSize : kSlotSizes[span.slot_class];
}

Kind Heap::KindAt(const void* pointer) const noexcept {
  return static_cast<Kind>(LiveSpanAt(pointer).kind);
}

HeapStats Heap::Stats() noexcept {
  HeapStats stats;
  ForEachBin([&stats](Bin& bin, std::size_t slot_class) {
    const sys::LockHolder holder(bin.lock);
    stats.bytes_in_use += bin.taken * kSlotSizes[slot_class];
    stats.allocations += bin.allocations;
  });
  stats.bytes_in_use += large_blocks_.load(std::memory_order_relaxed) * kBlockSize;
  stats.allocations += large_allocations_.load(std::memory_order_relaxed);
  stats.peak_bytes = pool_.peak();
  stats.capacity_bytes = pool_.filled();
  return stats;
}

// Bins before the pool, as an allocation takes them.
void Heap::LockAll() noexcept {
  ForEachBin([](Bin& bin, std::size_t /*slot_class*/) { bin.lock.Lock(); });
  pool_.lock().Lock();
}

void Heap::UnlockAll() noexcept {
  pool_.lock().Unlock();
  ForEachBin([](Bin& bin, std::size_t /*slot_class*/) { bin.lock.Unlock(); });
}

void Heap::UnlockAllInChild() noexcept {
  pool_.lock().UnlockInChild();
  ForEachBin([](Bin& bin, std::size_t /*slot_class*/) { bin.lock.UnlockInChild(); });
}

}  // namespace memfd_secret::preload
