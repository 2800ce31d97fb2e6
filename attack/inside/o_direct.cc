#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "attempt.h"

namespace memfd_secret::inside {

void WriteDirect(const std::vector<Pages>& ranges, const char* path, Attempt* attempt) {
  const int fd = CreateFile(path, O_DIRECT);
  // EINVAL: this file system has no direct writes.
  if (fd < 0) return attempt->Impossible("open with O_DIRECT", errno);
  const size_t page = PageSize();
  for (const Pages& range : ranges) {
    for (uint64_t at = range.start; at < range.end; at += page) {
      attempt->tried += 1;
      const ssize_t written = write(fd, ToPointer(at), page);
      if (written < 0) attempt->Refuse(errno);
      if (written > 0) attempt->bytes += static_cast<uint64_t>(written);
    }
  }
  close(fd);
}

}  // namespace memfd_secret::inside
