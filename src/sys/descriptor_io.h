#pragma once

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// Whether read(2) of descriptor would answer at once: there are bytes, or its end, or an error. A
// FIFO that no writer has opened yet is not ready, where a non-blocking read would say that it
// ended.
Status IsReadable(int descriptor, bool* ready) noexcept;

// write(2) of all bytes, from where they lie. Waits for a descriptor in non-blocking mode.
Status WriteAll(int descriptor, const std::byte* bytes, std::size_t length) noexcept;

}  // namespace memfd_secret::sys
