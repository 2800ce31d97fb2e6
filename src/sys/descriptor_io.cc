#include "sys/descriptor_io.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

Status IsReadable(int descriptor, bool* ready) noexcept {
  pollfd waiting{descriptor, POLLIN, 0};
  const int got = poll(&waiting, 1, 0);
  if (got < 0 && errno != EINTR) {
    return Failed(Call::kPoll);
  }
  // A negative number is no descriptor for poll(2), and skipped without a word.
  if (descriptor < 0 || (got > 0 && (waiting.revents & POLLNVAL) != 0)) {
    return {Call::kRead, EBADF};
  }
  *ready = got > 0;
  return kOk;
}

Status WriteAll(int descriptor, const std::byte* bytes, std::size_t length) noexcept {
  while (length > 0) {
    const ssize_t written = write(descriptor, bytes, length);
    if (written >= 0) {
      bytes += written;
      length -= static_cast<std::size_t>(written);
      continue;
    }
    if (errno == EAGAIN) {
      pollfd waiting{descriptor, POLLOUT, 0};
      if (poll(&waiting, 1, -1) < 0 && errno != EINTR) {
        return Failed(Call::kPoll);
      }
    } else if (errno != EINTR) {
      return Failed(Call::kWrite);
    }
  }
  return kOk;
}

}  // namespace memfd_secret::sys
