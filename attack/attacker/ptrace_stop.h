#ifndef MEMFD_SECRET_ATTACK_ATTACKER_PTRACE_STOP_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_PTRACE_STOP_H_

#include <sys/types.h>

#include "result.h"

namespace memfd_secret::attacker {

// Stops a process, and lets it go on when destroyed.
class PtraceStop {
 public:
  PtraceStop() = default;
  PtraceStop(const PtraceStop&) = delete;
  PtraceStop& operator=(const PtraceStop&) = delete;
  ~PtraceStop();
  // False where it may not; the result then says why.
  [[nodiscard]] bool Stop(pid_t pid, Result* result);

 private:
  pid_t pid_ = 0;
};

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_PTRACE_STOP_H_
