#include "attempt.h"

#include <fcntl.h>
#include <unistd.h>

namespace memfd_secret::inside {

int CreateFile(const char* path, int flags) {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | flags, 0600);
}

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace memfd_secret::inside
