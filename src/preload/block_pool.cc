#include "preload/block_pool.h"

#include <bit>
#include <cerrno>

namespace memfd_secret::preload {
namespace {

// What a Node.js server needs at rest fits in the second chunk; a start-up that touches little
// stays in the first.
constexpr std::size_t kFirstChunk = std::size_t{128} * 1024;
constexpr std::size_t kLargestChunk = std::size_t{1024} * 1024;

// A refused growth costs some system calls; it is tried again only as often as this.
constexpr std::size_t kRequestsBetweenRefusals = 256;

}  // namespace

sys::Status BlockPool::Start(const PoolLimits& limits) noexcept {
  limits_ = limits;
  limits_.ceiling = sys::RoundUpToPages(limits.ceiling);
  const std::size_t blocks = limits_.ceiling / kBlockSize;
  void* records = nullptr;
  if (const sys::Status status = sys::MapOrdinary(blocks * sizeof(Span), &records); !status.ok()) {
    return status;
  }
  spans_ = static_cast<Span*>(records);
  if (const sys::Status status =
          sys::MapOrdinary((blocks / 64 + 1) * sizeof(std::uint64_t), &records);
      !status.ok()) {
    return status;
  }
  free_ = static_cast<std::uint64_t*>(records);
  if (const sys::Status status = sys::Reserve(limits_.ceiling, &addresses_); !status.ok()) {
    return status;
  }
  // A start with a stronger backing may have failed before.
  waits_ = 0;
  refused_ = false;
  addresses_lost_ = false;
  next_chunk_ = kFirstChunk;
  const sys::Status status = Grow(1);
  Count();
  return status;
}

std::size_t BlockPool::Reserve(Kind kind) const noexcept {
  const std::size_t allowed = Allowed() / kBlockSize;
  switch (kind) {
    case Kind::kConnections:
      return allowed * 3 / 8;
    case Kind::kOperations:
      return allowed * 3 / 16;
    case Kind::kKeys:
    case Kind::kElsewhere:
      break;
  }
  return 0;
}

std::size_t BlockPool::Allowed() const noexcept { return refused_ ? filled() : limits_.allowed; }

bool BlockPool::MayTake(Kind kind, std::size_t blocks) const noexcept {
  return used_ + blocks + Reserve(kind) <= Allowed() / kBlockSize;
}

sys::Status BlockPool::Grow(std::size_t blocks) noexcept {
  const std::size_t filled = filled_.load(std::memory_order_relaxed);
  const std::size_t left = limits_.allowed > filled ? limits_.allowed - filled : 0;
  const std::size_t least = sys::RoundUpToPages(blocks * kBlockSize);
  if (addresses_lost_ || least > left || filled + least > limits_.ceiling) {
    return {sys::Call::kMmap, ENOMEM};
  }
  if (waits_ > 0) {
    --waits_;
    return {sys::Call::kMmap, EAGAIN};
  }
  std::size_t length = next_chunk_ > least ? next_chunk_ : least;
  if (length > left) {
    length = left & ~(sys::PageSize() - 1);
  }
  for (;;) {
    sys::Addresses addresses = sys::Addresses::kKept;
    const sys::Status status =
        sys::Fill(limits_.backing, addresses_.base + filled, length, &addresses);
    if (status.ok()) {
      Mark(static_cast<std::uint32_t>(filled / kBlockSize),
           static_cast<std::uint32_t>(length / kBlockSize), true);
      filled_.store(filled + length, std::memory_order_release);
      next_chunk_ = length * 2 < kLargestChunk ? length * 2 : kLargestChunk;
      refused_ = false;
      return status;
    }
    addresses_lost_ = addresses == sys::Addresses::kLost;
    if (addresses_lost_ || length <= least) {
      waits_ = kRequestsBetweenRefusals;
      refused_ = true;
      return status;
    }
    // Near a limit the last few pages serve as well as a large chunk.
    length = sys::RoundUpToPages(length / 2 > least ? length / 2 : least);
  }
}

std::uint32_t BlockPool::FindRun(std::uint32_t blocks) noexcept {
  const std::size_t total = filled_.load(std::memory_order_relaxed) / kBlockSize;
  const std::size_t words = (total + 63) / 64;
  while (first_free_word_ < words && free_[first_free_word_] == 0) {
    ++first_free_word_;
  }
  std::uint32_t run = 0;
  for (std::size_t block = first_free_word_ * 64; block < total;) {
    const std::uint64_t rest = free_[block / 64] >> (block % 64);
    if (rest == 0) {
      block = (block / 64 + 1) * 64;
      run = 0;
      continue;
    }
    if ((rest & 1) == 0) {
      block += static_cast<std::size_t>(std::countr_zero(rest));
      run = 0;
      continue;
    }
    ++run;
    ++block;
    if (run == blocks) {
      return static_cast<std::uint32_t>(block - blocks);
    }
  }
  return kNoBlock;
}

void BlockPool::Mark(std::uint32_t first, std::uint32_t blocks, bool free) noexcept {
  for (std::uint32_t block = first; block < first + blocks; ++block) {
    const std::uint64_t bit = std::uint64_t{1} << (block % 64);
    free_[block / 64] = free ? free_[block / 64] | bit : free_[block / 64] & ~bit;
  }
  if (free && first / 64 < first_free_word_) {
    first_free_word_ = first / 64;
  }
}

void BlockPool::Count() noexcept {
  if (used_ > peak_.load(std::memory_order_relaxed)) {
    peak_.store(used_, std::memory_order_relaxed);
  }
  const std::size_t taken = used_ + Reserve(Kind::kConnections);
  const std::size_t all = Allowed() / kBlockSize;
  room_for_connections_.store(taken < all ? all - taken : 0, std::memory_order_relaxed);
}

std::uint32_t BlockPool::Take(Kind kind, std::uint32_t blocks) noexcept {
  const sys::LockHolder holder(lock_);
  std::uint32_t first = MayTake(kind, blocks) ? FindRun(blocks) : kNoBlock;
  // After a refusal the limit gives less than it promised (another user of it, or one count for all
  // of a user's processes): then what is there is all there is, until growth succeeds again.
  if (first == kNoBlock && (refused_ || MayTake(kind, blocks)) && Grow(blocks).ok() &&
      MayTake(kind, blocks)) {
    first = FindRun(blocks);
  }
  if (first != kNoBlock) {
    Mark(first, blocks, false);
    used_ += blocks;
  }
  Count();
  return first;
}

bool BlockPool::Extend(Kind kind, std::uint32_t first, std::uint32_t blocks,
                       std::uint32_t wanted) noexcept {
  const sys::LockHolder holder(lock_);
  const std::uint32_t more = wanted - blocks;
  const std::size_t total = filled_.load(std::memory_order_relaxed) / kBlockSize;
  if (!MayTake(kind, more) || first + wanted > total) {
    return false;
  }
  for (std::uint32_t block = first + blocks; block < first + wanted; ++block) {
    if (!IsFree(block)) {
      return false;
    }
  }
  Mark(first + blocks, more, false);
  used_ += more;
  Count();
  return true;
}

void BlockPool::Give(std::uint32_t first, std::uint32_t blocks) noexcept {
  const sys::LockHolder holder(lock_);
  Mark(first, blocks, true);
  used_ -= blocks;
  Count();
}

}  // namespace memfd_secret::preload
