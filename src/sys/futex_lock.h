#pragma once

#include <atomic>
#include <cstdint>

namespace memfd_secret::sys {

// A mutex that is usable before main, in static storage without a constructor, and across fork(2),
// where a pthread mutex of another libc's layout would not be. Made for holders of a few
// instructions: taking it is one atomic exchange and giving it back none, at the price that a
// sleeper may rarely miss its wake-up, and then looks again after a millisecond.
class FutexLock {
 public:
  constexpr FutexLock() noexcept = default;
  FutexLock(const FutexLock&) = delete;
  FutexLock& operator=(const FutexLock&) = delete;

  [[nodiscard]] bool TryLock() noexcept {
    return word_.load(std::memory_order_relaxed) == kFree &&
           word_.exchange(kTaken, std::memory_order_acquire) == kFree;
  }

  void Lock() noexcept {
    if (!TryLock()) {
      LockSlowly();
    }
  }

  void Unlock() noexcept {
    word_.store(kFree, std::memory_order_release);
    if (sleepers_.load(std::memory_order_relaxed) != 0) {
      WakeOne();
    }
  }

  // In a child of fork, by the thread that holds it: those who slept in the parent are not here.
  void UnlockInChild() noexcept {
    sleepers_.store(0, std::memory_order_relaxed);
    word_.store(kFree, std::memory_order_release);
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kTaken = 1;

  void LockSlowly() noexcept;
  void WakeOne() noexcept;

  std::atomic<std::uint32_t> word_{kFree};
  std::atomic<std::uint32_t> sleepers_{0};
};

// Holds a lock for a scope.
class LockHolder {
 public:
  explicit LockHolder(FutexLock& lock) noexcept : lock_(lock) { lock_.Lock(); }
  ~LockHolder() noexcept { lock_.Unlock(); }
  LockHolder(const LockHolder&) = delete;
  LockHolder& operator=(const LockHolder&) = delete;

 private:
  FutexLock& lock_;
};

}  // namespace memfd_secret::sys
