#include "sys/replace_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

Status ReplaceProcess(const char* file, char* const* arguments, char* const* environment,
                      const unsigned char* kept, std::size_t kept_count) noexcept {
  for (std::size_t i = 0; i < kept_count; ++i) {
    const int flags = fcntl(kept[i], F_GETFD);
    if (flags >= 0 && fcntl(kept[i], F_SETFD, flags & ~FD_CLOEXEC) != 0) {
      return Failed(Call::kFcntl);
    }
  }
  sigset_t none;
  sigemptyset(&none);
  // Neither can fail for these arguments, and a failure would be no reason not to start the
  // command.
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // An event loop makes its standard streams non-blocking, for every process that shares them.
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    const int flags = fcntl(stream, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) != 0) {
      fcntl(stream, F_SETFL, flags & ~O_NONBLOCK);
    }
  }
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
