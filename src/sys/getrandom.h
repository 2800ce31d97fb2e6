#pragma once

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// Fills memory from getrandom(2). Never from a pool of user space: it would repeat in a cloned
// virtual machine.
Status FillRandom(void* memory, std::size_t length) noexcept;

}  // namespace memfd_secret::sys
