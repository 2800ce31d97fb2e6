#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "preload/block_pool.h"
#include "preload/scope.h"
#include "preload/size_class.h"
#include "sys/futex_lock.h"

namespace memfd_secret::preload {

struct HeapStats {
  std::size_t bytes_in_use = 0;  // of slots and blocks handed out
  std::size_t peak_bytes = 0;    // most of the blocks in use at once
  std::size_t capacity_bytes = 0;
  std::uint64_t allocations = 0;
};

// malloc on secret pages. Threads share a shard until they meet in it, then they spread: few
// threads waste little memory, many wait for none. A free takes the lock of the shard that the slot
// came from, for a few instructions.
class Heap {
 public:
  constexpr Heap() noexcept = default;

  sys::Status Start(const PoolLimits& limits) noexcept { return pool_.Start(limits); }

  // size: at least 1. Zeroed, aligned to 16. Null where the memory that this kind may have is used
  // up.
  [[nodiscard]] void* Allocate(Kind kind, std::size_t size) noexcept;
  // Wipes at once. pointer: of this heap, live; else the process is ended, as glibc's malloc does.
  void Free(void* pointer) noexcept;
  // Bytes that the allocation really has.
  [[nodiscard]] std::size_t SizeOf(const void* pointer) const noexcept;
  [[nodiscard]] Kind KindAt(const void* pointer) const noexcept;
  // Whether the allocation could be made size bytes long where it is; what lies behind them is
  // wiped.
  [[nodiscard]] bool ResizeInPlace(void* pointer, std::size_t size) noexcept;

  [[nodiscard]] bool Contains(const void* pointer) const noexcept {
    return pool_.Contains(pointer);
  }
  [[nodiscard]] HeapStats Stats() noexcept;
  [[nodiscard]] BlockPool& pool() noexcept { return pool_; }

  // Around a fork: no thread may be half way through a change of the records that the child gets a
  // copy of.
  void LockAll() noexcept;
  void UnlockAll() noexcept;
  void UnlockAllInChild() noexcept;

 private:
  static constexpr std::size_t kShards = 8;

  struct alignas(64) Bin {
    sys::FutexLock lock;
    Span* with_room = nullptr;
    Span* spare = nullptr;  // with_room's one empty span, so that one allocation to and fro does
                            // not cut a span each time
    std::uint64_t allocations = 0;
    std::uint64_t taken = 0;
  };

  template <typename Visit>
  void ForEachBin(Visit visit) noexcept {
    for (auto& kinds : bins_) {
      for (auto& classes : kinds) {
        for (std::size_t slot_class = 0; slot_class < kClassCount; ++slot_class) {
          visit(classes[slot_class], slot_class);
        }
      }
    }
  }

  void* AllocateSlot(Kind kind, std::size_t slot_class) noexcept;
  // Where the thread's own shard has no room: whatever else may serve.
  void* FindSlot(Kind kind, std::size_t slot_class, std::size_t shard) noexcept;
  void* AllocateBlocks(Kind kind, std::size_t size) noexcept;
  void* TakeFrom(Bin& bin, Kind kind, std::size_t slot_class, std::size_t shard,
                 bool may_cut) noexcept;
  void* TakeFromAnyShard(Kind kind, std::size_t slot_class) noexcept;
  // A slot of the class is free again.
  void EndDrought(std::size_t kind, std::size_t slot_class) noexcept;
  Span* CutSpan(Kind kind, std::size_t slot_class, std::size_t shard) noexcept;
  void GiveSpan(Span* span) noexcept;
  void GiveSpare(Bin& bin) noexcept;
  [[nodiscard]] bool GiveSpares() noexcept;
  void FreeBlocks(Span& span, std::uint32_t block) noexcept;
  [[nodiscard]] std::byte* SlotsOf(const Span& span) const noexcept { return pool_.At(span.head); }
  Span& LiveSpanAt(const void* pointer) const noexcept;

  BlockPool pool_;
  Bin bins_[kShards][kSecretKinds][kClassCount];
  // The smallest class of which, and of all larger ones, no slot was to be had for a kind: a flood
  // of allocations that fail must not look through all shards each time. Not kept for keys, which
  // are looked for everywhere.
  std::atomic<std::uint8_t> dry_from_[kSecretKinds] = {kClassCount, kClassCount, kClassCount};
  std::atomic<std::uint32_t> dry_tries_{0};
  std::atomic<std::uint64_t> large_allocations_{0};
  std::atomic<std::size_t> large_blocks_{0};
};

}  // namespace memfd_secret::preload
