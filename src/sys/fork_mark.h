#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// Notes that this process owns its secrets. Once a process, before the first mapping; further calls
// do nothing.
Status MarkOwner() noexcept;

// False in a child of fork(2), where secret pages are absent: touching one is SIGSEGV. Costs one
// load, no system call.
[[nodiscard]] bool IsOwner() noexcept;

}  // namespace memfd_secret::sys
