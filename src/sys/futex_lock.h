#pragma once

#include <atomic>
#include <cstdint>

namespace memfd_secret::sys {

// A mutex of one word: usable before main, in static storage without a constructor, and across
// fork(2), where a pthread mutex of another libc's layout would not be. Waiters sleep in the
// kernel.
class FutexLock {
 public:
  constexpr FutexLock() noexcept = default;
  FutexLock(const FutexLock&) = delete;
  FutexLock& operator=(const FutexLock&) = delete;

  [[nodiscard]] bool TryLock() noexcept {
    std::uint32_t expected = kFree;
    return word_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire,
                                         std::memory_order_relaxed);
  }

  void Lock() noexcept {
    if (!TryLock()) {
      LockSlowly();
    }
  }

  void Unlock() noexcept {
    if (word_.exchange(kFree, std::memory_order_release) == kAwaited) {
      WakeOne();
    }
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kTaken = 1;
  static constexpr std::uint32_t kAwaited = 2;  // taken, and some thread may sleep

  void LockSlowly() noexcept;
  void WakeOne() noexcept;

  std::atomic<std::uint32_t> word_{kFree};
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
