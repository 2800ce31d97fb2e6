#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "attacks.h"

namespace memfd_secret::attacker {
namespace {

// The number on every architecture (memfd_secret(2) has no wrapper in older C libraries).
constexpr unsigned int kMemfdSecret = 447;

}  // namespace

int RunWithoutMemfdSecret(char** command) {
  // The architecture is not looked at: this filter imitates a kernel, it defends against nothing.
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMemfdSecret, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {sizeof instructions / sizeof instructions[0], instructions};
  // Without it only a process with CAP_SYS_ADMIN may set a filter (seccomp(2)).
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return errno;
  execvp(command[0], command);
  return errno;
}

}  // namespace memfd_secret::attacker
