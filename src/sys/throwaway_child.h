#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// How a child that ran a trial ended.
struct ChildEnd {
  int exit_code = -1;  // what the trial answered; -1 where a signal ended it
  int signal = 0;
};

// Runs trial in a child of its own, since a seccomp filter may answer a system call by SIGSYS. The
// trial may only make system calls: other threads' locks are held for ever in the child. It leaves
// no core dump.
Status RunInThrowawayChild(int (*trial)() noexcept, ChildEnd* end) noexcept;

}  // namespace memfd_secret::sys
