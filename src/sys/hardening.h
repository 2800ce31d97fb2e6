#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// RLIMIT_CORE 0, soft and hard: no core file of this process and of what it starts from now on.
Status ForbidCoreDumps() noexcept;

// PR_SET_DUMPABLE 0: ptrace and pidfd_getfd by the same user are refused, and /proc/self belongs to
// root. exec(2) resets it.
Status ForbidTracing() noexcept;

// Ignores SIGUSR1, by which node opens its inspector.
Status IgnoreInspectorSignal() noexcept;

// PR_GET_DUMPABLE is 1, as for any program that nobody hardened.
[[nodiscard]] bool IsDumpable() noexcept;

}  // namespace memfd_secret::sys
