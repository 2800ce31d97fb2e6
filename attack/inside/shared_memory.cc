#include "shared_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::inside {

void* MapSharedMemory(size_t length) {
  const int fd = memfd_create("shared", MFD_CLOEXEC);
  if (fd < 0) return nullptr;
  void* memory = MAP_FAILED;
  if (ftruncate(fd, static_cast<off_t>(length)) == 0) {
    memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  if (memory != MAP_FAILED) return memory;
  const int error = errno;
  close(fd);
  errno = error;
  return nullptr;
}

}  // namespace memfd_secret::inside
