#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "preload/scope.h"
#include "preload/size_class.h"
#include "sys/futex_lock.h"
#include "sys/pages.h"
#include "sys/reservation.h"

namespace memfd_secret::preload {

inline constexpr std::uint32_t kNoBlock = UINT32_MAX;

// What a run of blocks is used for. Kept in ordinary memory: no secret is in it, and a fork's child
// gets a copy as it is.
struct Span {
  Span* next = nullptr;  // in its bin's list of spans with a free slot
  Span* previous = nullptr;
  std::uint64_t free[4] = {};  // a bit for each free slot
  std::uint32_t head = 0;      // first block of the span that this block belongs to
  std::uint32_t blocks = 0;
  std::uint16_t count = 0;  // slots; 0: one allocation of whole blocks
  std::uint16_t taken = 0;
  std::uint8_t slot_class = 0;
  std::uint8_t kind = 0;
  std::uint8_t shard = 0;
  bool live = false;
};

struct PoolLimits {
  sys::Backing backing = sys::Backing::kMemfdSecret;
  std::size_t ceiling = 0;  // bytes of addresses, and the most that is ever locked
  std::size_t allowed =
      0;  // bytes that the process's limit leaves to this pool; at most the ceiling
};

// Blocks of 4 KiB in one reservation of addresses, filled by chunks as they are wanted. One lock,
// taken once a span or large allocation, not once an allocation.
class BlockPool {
 public:
  constexpr BlockPool() noexcept = default;

  // Reserves addresses and fills the first chunk. Fails where the backing cannot be had.
  sys::Status Start(const PoolLimits& limits) noexcept;

  // A run of blocks for a kind, all zero; kNoBlock where only memory that this kind must leave to
  // others is left, or none.
  [[nodiscard]] std::uint32_t Take(Kind kind, std::uint32_t blocks) noexcept;
  // Grows a run in place where the blocks behind it are free.
  [[nodiscard]] bool Extend(Kind kind, std::uint32_t first, std::uint32_t blocks,
                            std::uint32_t wanted) noexcept;
  // The caller has wiped them.
  void Give(std::uint32_t first, std::uint32_t blocks) noexcept;

  [[nodiscard]] bool Contains(const void* pointer) const noexcept {
    const auto offset = reinterpret_cast<std::uintptr_t>(pointer) -
                        reinterpret_cast<std::uintptr_t>(addresses_.base);
    return offset < filled_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::byte* At(std::uint32_t block) const noexcept {
    return addresses_.base + block * kBlockSize;
  }
  [[nodiscard]] std::uint32_t BlockAt(const void* pointer) const noexcept {
    return static_cast<std::uint32_t>((static_cast<const std::byte*>(pointer) - addresses_.base) /
                                      kBlockSize);
  }
  [[nodiscard]] Span& SpanAt(std::uint32_t block) const noexcept { return spans_[block]; }

  // All memory in use so far, for a fork.
  [[nodiscard]] std::byte* base() const noexcept { return addresses_.base; }
  [[nodiscard]] std::size_t filled() const noexcept {
    return filled_.load(std::memory_order_acquire);
  }
  // Whether so many bytes, or a span of slots, are more than is left of the connections' share:
  // then it must be known who asks.
  [[nodiscard]] bool IsCrowded(std::size_t size) const noexcept {
    const std::size_t blocks =
        size <= kLargestSpan * kBlockSize ? kLargestSpan : size / kBlockSize + 1;
    return room_for_connections_.load(std::memory_order_relaxed) < blocks;
  }
  [[nodiscard]] sys::Backing backing() const noexcept { return limits_.backing; }
  [[nodiscard]] std::size_t peak() const noexcept {
    return peak_.load(std::memory_order_relaxed) * kBlockSize;
  }

  sys::FutexLock& lock() noexcept { return lock_; }

 private:
  // Bytes that can be had, as far as is known.
  [[nodiscard]] std::size_t Allowed() const noexcept;
  // The blocks that a kind leaves free for its betters.
  [[nodiscard]] std::size_t Reserve(Kind kind) const noexcept;
  sys::Status Grow(std::size_t blocks) noexcept;
  std::uint32_t FindRun(std::uint32_t blocks) noexcept;
  [[nodiscard]] bool MayTake(Kind kind, std::size_t blocks) const noexcept;
  void Mark(std::uint32_t first, std::uint32_t blocks, bool free) noexcept;
  [[nodiscard]] bool IsFree(std::uint32_t block) const noexcept {
    return (free_[block / 64] >> (block % 64) & 1) != 0;
  }
  // After each change of what is used or allowed.
  void Count() noexcept;

  sys::FutexLock lock_;
  PoolLimits limits_;
  sys::Reservation addresses_;
  std::atomic<std::size_t> filled_{0};  // bytes from the reservation's base that have memory
  Span* spans_ = nullptr;               // one a block, lazily touched
  std::uint64_t* free_ = nullptr;       // a bit for each free block
  std::size_t first_free_word_ = 0;     // no block before it is free
  std::size_t used_ = 0;                // blocks
  std::atomic<std::size_t> peak_{0};    // most of used_
  std::size_t next_chunk_ = 0;
  std::size_t waits_ = 0;  // requests to go before growth is tried again after a refusal
  bool refused_ = false;   // the last growth
  std::atomic<std::size_t> room_for_connections_{0};  // blocks
  bool addresses_lost_ = false;
};

}  // namespace memfd_secret::preload
