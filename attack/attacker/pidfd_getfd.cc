#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "attacks.h"
#include "list_links.h"
#include "search_descriptor.h"

// pidfd_open(2) is of Linux 5.3 and pidfd_getfd(2) of 5.6, with these numbers on every
// architecture.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

namespace memfd_secret::attacker {
bool AttackPidfdGetfd(const Request& request, Result* result) {
  const std::string folder = "/proc/" + std::to_string(request.pid) + "/fd";
  std::vector<std::string> numbers;
  const int error = ListLinks(folder, &numbers);
  if (error != 0) return result->Fail("/proc/PID/fd", error);
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, request.pid, 0));
  if (pidfd < 0) return result->Fail("pidfd_open", errno);
  int refusal = 0;
  for (const std::string& number : numbers) {
    result->descriptors += 1;
    const std::string name = LinkOf(folder + "/" + number);
    if (name.compare(0, 10, "/secretmem") == 0) result->secret_descriptors += 1;
    const int taken = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, atoi(number.c_str()), 0));
    if (taken < 0) {
      refusal = errno;
      continue;
    }
    result->descriptors_taken += 1;
    SearchDescriptor(taken, name, request.needles, result);
    close(taken);
  }
  close(pidfd);
  if (result->descriptors_taken == 0) {
    return result->Fail("pidfd_getfd", refusal == 0 ? ESRCH : refusal);
  }
  return true;
}

}  // namespace memfd_secret::attacker
