#include "sys/replace_process.h"

#include <signal.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

Status ReplaceProcess(const char* file, char* const* arguments, char* const* environment) noexcept {
  sigset_t none;
  sigemptyset(&none);
  // Neither can fail for these arguments, and a failure would be no reason not to start the command.
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(file, arguments, environment);
  return Failed(Call::kExecve);
}

Status HasFileCapabilities(const char* file, bool* has) noexcept {
  const ssize_t length = getxattr(file, "security.capability", nullptr, 0);
  if (length < 0 && errno != ENODATA && errno != ENOTSUP) {
    return Failed(Call::kGetxattr);
  }
  *has = length > 0;
  return kOk;
}

}  // namespace memfd_secret::sys
