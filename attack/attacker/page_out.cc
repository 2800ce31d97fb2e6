#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "attacks.h"
#include "search.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

namespace memfd_secret::attacker {

bool PageOut(const Request& request, Result* result) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, request.pid, 0));
  if (pidfd < 0) return result->Fail("pidfd_open", errno);
  const uint64_t page = PageSize();
  int right = 0;
  for (const Range& range : request.ranges) {
    for (uint64_t at = range.start / page * page; at < range.end; at += page) {
      result->secret_pages += 1;
      const iovec one = {reinterpret_cast<void*>(static_cast<uintptr_t>(at)), page};
      if (syscall(SYS_process_madvise, pidfd, &one, 1UL, MADV_PAGEOUT, 0U) >= 0) continue;
      if (errno == EPERM || errno == ENOSYS) right = errno;
      result->RefuseSecretPage(errno);
    }
  }
  close(pidfd);
  return right == 0 ? true : result->Fail("process_madvise", right);
}

}  // namespace memfd_secret::attacker
