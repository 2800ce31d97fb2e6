#pragma once

#include <cstddef>

namespace memfd_secret::sys {

// One write(2) to descriptor 2, so that lines of several processes do not mix. What cannot be told
// is dropped; errno is kept.
void WriteStandardError(const char* text, std::size_t length) noexcept;

// _exit(2): runs no exit handler, which may need what could not be had.
[[noreturn]] void ExitNow(int status) noexcept;

}  // namespace memfd_secret::sys
