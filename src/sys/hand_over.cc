#include "sys/hand_over.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

Status HandOver::Open() noexcept {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Failed(Call::kPipe);
  }
  read_end_ = ends[0];
  write_end_ = ends[1];
  return kOk;
}

void HandOver::Wait() noexcept {
  if (read_end_ < 0) {
    return;
  }
  const int kept = errno;
  // The pipe ends when the last writer is gone: the child's end by Done or by its death.
  close(write_end_);
  char byte = 0;
  while (read(read_end_, &byte, 1) < 0 && errno == EINTR) {
  }
  close(read_end_);
  read_end_ = -1;
  write_end_ = -1;
  errno = kept;
}

void HandOver::Done() noexcept {
  if (read_end_ < 0) {
    return;
  }
  const int kept = errno;
  const char byte = 0;
  // A byte, not only the end: another thread's child may have inherited the pipe too, by a bare
  // clone(2).
  while (write(write_end_, &byte, 1) < 0 && errno == EINTR) {
  }
  close(read_end_);
  close(write_end_);
  read_end_ = -1;
  write_end_ = -1;
  errno = kept;
}

}  // namespace memfd_secret::sys
