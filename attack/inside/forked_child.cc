#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "attempt.h"

namespace memfd_secret::inside {
namespace {

// In the child of a process with threads: system calls alone. write(2) answers EFAULT where
// touching the page would end the child.
[[noreturn]] void WriteAndExit(const std::vector<Pages>& ranges, int fd, int report) {
  Attempt attempt;
  const size_t page = PageSize();
  for (const Pages& range : ranges) {
    for (uint64_t at = range.start; at < range.end; at += page) {
      attempt.tried += 1;
      const ssize_t written = write(fd, ToPointer(at), page);
      if (written < 0) attempt.Refuse(errno);
      if (written > 0) attempt.bytes += static_cast<uint64_t>(written);
    }
  }
  _exit(write(report, &attempt, sizeof attempt) == sizeof attempt ? 0 : 1);
}

}  // namespace

void WriteFromChild(const std::vector<Pages>& ranges, const char* path, Attempt* attempt) {
  const int fd = CreateFile(path, 0);
  if (fd < 0) return attempt->Impossible("open of the file", errno);
  int report[2];
  if (pipe(report) != 0) {
    attempt->Impossible("pipe", errno);
    close(fd);
    return;
  }
  const pid_t child = fork();
  if (child == 0) WriteAndExit(ranges, fd, report[1]);
  if (child < 0) attempt->Impossible("fork", errno);
  close(report[1]);
  if (child > 0) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (read(report[0], attempt, sizeof *attempt) != sizeof *attempt) {
      attempt->Impossible("the child ended early", ECHILD);
    }
  }
  close(report[0]);
  close(fd);
}

}  // namespace memfd_secret::inside
