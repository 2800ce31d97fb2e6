#pragma once

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// execve(2), after giving back what a runtime changed for itself: no signal is blocked, SIGPIPE and
// SIGXFSZ, which Node.js ignores, end a process again, and standard input and output block. Returns
// only where it failed. Other threads are gone after it. kept: descriptors that the program gets,
// besides those that are not close-on-exec: Node.js marks all that it inherits, the standard ones
// too.
Status ReplaceProcess(const char* file, char* const* arguments, char* const* environment,
                      const unsigned char* kept, std::size_t kept_count) noexcept;

// Whether a file has capabilities of its own (security.capability). The loader ignores LD_PRELOAD
// for such a program.
Status HasFileCapabilities(const char* file, bool* has) noexcept;

}  // namespace memfd_secret::sys
