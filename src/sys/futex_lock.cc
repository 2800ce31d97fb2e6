#include "sys/futex_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {
namespace {

// Long enough for a holder on another processor to finish its few instructions, short enough not to
// matter on one.
constexpr int kSpins = 64;

}  // namespace

void FutexLock::LockSlowly() noexcept {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (word_.load(std::memory_order_relaxed) == kFree && TryLock()) {
      return;
    }
  }
  // The callers stand in for malloc, which leaves errno alone when it succeeds.
  const int kept = errno;
  while (word_.exchange(kAwaited, std::memory_order_acquire) != kFree) {
    // EAGAIN (the word changed) and EINTR both mean: look again.
    syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, kAwaited, nullptr, nullptr, 0);
  }
  errno = kept;
}

void FutexLock::WakeOne() noexcept {
  const int kept = errno;
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  errno = kept;
}

}  // namespace memfd_secret::sys
