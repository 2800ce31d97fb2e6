#include "sys/futex_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {
namespace {

// Long enough for a holder on another processor to finish its few instructions, short enough not to
// matter on one.
constexpr int kSpins = 64;

// Unlock reads the number of sleepers without a fence behind its store: a thread that lies down at
// that moment is missed.
constexpr long kLongestSleep = 1'000'000;  // nanoseconds

}  // namespace

void FutexLock::LockSlowly() noexcept {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (TryLock()) {
      return;
    }
  }
  // The callers stand in for malloc, which leaves errno alone when it succeeds.
  const int kept = errno;
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  while (!TryLock()) {
    // EAGAIN (it is free again), EINTR and ETIMEDOUT all mean: look again.
    const struct timespec longest = {0, kLongestSleep};
    syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, kTaken, &longest, nullptr, 0);
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
  errno = kept;
}

void FutexLock::WakeOne() noexcept {
  const int kept = errno;
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  errno = kept;
}

}  // namespace memfd_secret::sys
