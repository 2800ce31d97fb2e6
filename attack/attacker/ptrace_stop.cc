#include "ptrace_stop.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>

namespace memfd_secret::attacker {

PtraceStop::~PtraceStop() {
  // A process that is gone meanwhile needs no letting go.
  if (pid_ != 0) ptrace(PTRACE_DETACH, pid_, 0, 0);
}

bool PtraceStop::Stop(pid_t pid, Result* result) {
  // PTRACE_SEIZE, not ATTACH: no SIGSTOP is left pending in the victim if this program dies.
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0) return result->Fail("ptrace", errno);
  pid_ = pid;
  if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0) return result->Fail("ptrace", errno);
  int status = 0;
  while (waitpid(pid, &status, __WALL) != pid) {
    if (errno != EINTR) return result->Fail("waitpid", errno);
  }
  return WIFSTOPPED(status) ? true : result->Fail("ptrace", ESRCH);
}

}  // namespace memfd_secret::attacker
