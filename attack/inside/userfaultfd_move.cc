#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "attempt.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

namespace memfd_secret::inside {
namespace {

// UFFD_FEATURE_MOVE, struct uffdio_move and UFFDIO_MOVE of Linux 6.8; older headers lack them.
constexpr __u64 kFeatureMove = 1 << 16;
struct MoveRequest {
  __u64 to;
  __u64 from;
  __u64 length;
  __u64 mode;
  __s64 moved;
};
constexpr unsigned long kMove = _IOWR(UFFDIO, 0x05, MoveRequest);

// -1 where there is none; the attempt then says why.
int OpenUserfaultfd(Attempt* attempt) {
  const int fd =
      static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY));
  if (fd < 0) {
    attempt->Impossible("userfaultfd", errno);
    return -1;
  }
  uffdio_api api = {};
  api.api = UFFD_API;
  api.features = kFeatureMove;
  if (ioctl(fd, UFFDIO_API, &api) == 0) return fd;
  // EINVAL: a kernel before 6.8, where userfaultfd can take no page away.
  attempt->Impossible("userfaultfd, UFFD_FEATURE_MOVE", errno);
  close(fd);
  return -1;
}

bool Register(int fd, void* target, size_t length) {
  uffdio_register wanted = {};
  wanted.range = {reinterpret_cast<uintptr_t>(target), length};
  wanted.mode = UFFDIO_REGISTER_MODE_MISSING;
  return ioctl(fd, UFFDIO_REGISTER, &wanted) == 0;
}

int Move(int fd, uint64_t from, uint64_t to, size_t length) {
  MoveRequest move = {};
  move.to = to;
  move.from = from;
  move.length = length;
  return ioctl(fd, kMove, &move) == 0 ? 0 : errno;
}

// Moves one page away, writes it, and moves it back: its owner goes on living. The kernel moves
// between locked mappings, or between such as are not: both kinds of target are tried.
int TakePage(int fd, uint64_t page_address, size_t page, int file, Attempt* attempt) {
  int error = ENOMEM;
  for (const bool locked : {false, true}) {
    void* target = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (target == MAP_FAILED) return errno;
    // On fault alone: a page that is there already would be in the way.
    const bool ready =
        (!locked || mlock2(target, page, MLOCK_ONFAULT) == 0) && Register(fd, target, page);
    error = ready ? Move(fd, page_address, reinterpret_cast<uintptr_t>(target), page) : errno;
    if (error == 0) {
      const ssize_t written = write(file, target, page);
      if (written > 0) attempt->bytes += static_cast<uint64_t>(written);
      if (Register(fd, ToPointer(page_address), page)) {
        (void)Move(fd, reinterpret_cast<uintptr_t>(target), page_address, page);
      }
    }
    munmap(target, page);
    if (error == 0) return 0;
  }
  return error;
}

}  // namespace

void MoveByUserfaultfd(const std::vector<Pages>& ranges, const char* path, Attempt* attempt) {
  const int fd = OpenUserfaultfd(attempt);
  if (fd < 0) return;
  const int file = CreateFile(path, 0);
  if (file < 0) attempt->Impossible("open of the file", errno);
  const size_t page = PageSize();
  for (const Pages& range : ranges) {
    for (uint64_t at = range.start; file >= 0 && at < range.end; at += page) {
      attempt->tried += 1;
      const int error = TakePage(fd, at, page, file, attempt);
      if (error != 0) attempt->Refuse(error);
    }
  }
  if (file >= 0) close(file);
  close(fd);
}

}  // namespace memfd_secret::inside
