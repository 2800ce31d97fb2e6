#pragma once

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// The value of an environment variable of this process, where it lies; null where there is none.
// The pointer is into the environment itself and valid until the variable is changed. Not safe
// against another thread that changes the environment at the same moment, as getenv(3) is not.
[[nodiscard]] const char* EnvironmentValue(const char* name) noexcept;

// Zeroes every value of the variable: those that environ points to, and those in the block that the
// kernel put on the stack at execve(2), which /proc/PID/environ shows even after the variable was
// changed or removed. The names stay, so that the block keeps its layout.
// Fails with kOpen or kRead where /proc/self/stat cannot be read; what environ points to is zeroed
// all the same.
Status WipeEnvironmentValue(const char* name) noexcept;

}  // namespace memfd_secret::sys
