#include "sys/standard_error.h"

#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

void WriteStandardError(const char* text, std::size_t length) noexcept {
  const int kept = errno;
  ssize_t written = 0;
  do {
    written = write(STDERR_FILENO, text, length);
  } while (written < 0 && errno == EINTR);
  errno = kept;
}

void ExitNow(int status) noexcept { _exit(status); }

}  // namespace memfd_secret::sys
