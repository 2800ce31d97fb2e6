#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// execve(2), after giving signals back what a runtime changed for itself: nothing is blocked, and SIGPIPE and SIGXFSZ, which
// Node.js ignores, end a process again. Returns only where it failed. Other threads are gone after it.
Status ReplaceProcess(const char* file, char* const* arguments, char* const* environment) noexcept;

// Whether a file has capabilities of its own (security.capability). The loader ignores LD_PRELOAD for such a program.
Status HasFileCapabilities(const char* file, bool* has) noexcept;

}  // namespace memfd_secret::sys
