#include "sys/throwaway_child.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

Status RunInThrowawayChild(int (*trial)() noexcept, ChildEnd* end) noexcept {
  // The raw call runs no pthread_atfork handler, and without an exit signal the event loop's
  // SIGCHLD watcher sees nothing; __WALL below waits for such a child. With all arguments 0 their
  // order, which differs by architecture, does not matter.
  const long child = syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
  if (child < 0) {
    return Failed(Call::kClone);
  }
  if (child == 0) {
    // SIGSYS dumps core, and the child holds a copy of the parent's ordinary memory.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGSYS, SIG_DFL);
    _exit(trial());
  }
  int status = 0;
  while (waitpid(static_cast<pid_t>(child), &status, __WALL) < 0) {
    if (errno != EINTR) {
      return Failed(Call::kWaitpid);
    }
  }
  *end = WIFSIGNALED(status) ? ChildEnd{-1, WTERMSIG(status)} : ChildEnd{WEXITSTATUS(status), 0};
  return kOk;
}

}  // namespace memfd_secret::sys
