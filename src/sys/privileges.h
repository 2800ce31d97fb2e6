#pragma once

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// What /proc/self/status tells of this process.
struct Privileges {
  bool seccomp_filter = false;  // "Seccomp: 2"
  bool ipc_lock = false;        // CAP_IPC_LOCK is effective
};

// Leaves the defaults where /proc is not mounted. Allocates nothing.
[[nodiscard]] Privileges ReadPrivileges() noexcept;

// RLIMIT_MEMLOCK's soft limit in bytes; SIZE_MAX: unlimited.
Status ReadMemlockLimit(std::size_t* bytes) noexcept;

}  // namespace memfd_secret::sys
