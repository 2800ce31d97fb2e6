#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "attempt.h"

namespace memfd_secret::inside {

void SpliceIntoPipe(const std::vector<Pages>& ranges, const char* path, Attempt* attempt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return attempt->Impossible("pipe2", errno);
  const int fd = CreateFile(path, 0);
  if (fd < 0) attempt->Impossible("open of the file", errno);
  const size_t page = PageSize();
  std::vector<char> copy(page);
  for (const Pages& range : ranges) {
    for (uint64_t at = range.start; fd >= 0 && at < range.end; at += page) {
      attempt->tried += 1;
      const iovec one = {ToPointer(at), page};
      if (vmsplice(ends[1], &one, 1, SPLICE_F_NONBLOCK) < 0) {
        attempt->Refuse(errno);
        continue;
      }
      const ssize_t got = read(ends[0], copy.data(), page);
      if (got > 0 && write(fd, copy.data(), static_cast<size_t>(got)) == got) {
        attempt->bytes += static_cast<uint64_t>(got);
      }
    }
  }
  if (fd >= 0) close(fd);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace memfd_secret::inside
