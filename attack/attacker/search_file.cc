#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "attacks.h"
#include "search_descriptor.h"

namespace memfd_secret::attacker {

bool SearchFile(const Request& request, Result* result) {
  const int fd = open(request.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return result->Fail("open of the file", errno);
  // The kernel writes swap to the disk behind the page cache's back. Only a hint, so unchecked.
  (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  struct stat status;
  int error = fstat(fd, &status) == 0 ? 0 : errno;
  // Of a block device the size is not in its inode.
  uint64_t size = static_cast<uint64_t>(status.st_size);
  if (error == 0 && S_ISBLK(status.st_mode)) {
    const off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0) error = errno;
    size = static_cast<uint64_t>(end);
  }
  const bool holes = S_ISREG(status.st_mode);
  if (error == 0) error = SearchByPread(fd, "file", size, holes, request.needles, result);
  close(fd);
  return error == 0 ? true : result->Fail("read of the file", error);
}

}  // namespace memfd_secret::attacker
