// syscall(2) and the C library's functions for processes, in front of its own.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdarg>

#include "injector/judge.h"
#include "sys/call_numbers.h"

namespace memfd_secret::faults {
namespace {

Site SiteOf(long number) noexcept {
  switch (number) {
    case sys::kMemfdSecretNumber:
      return Site::kMemfdSecret;
    case SYS_getrandom:
      return Site::kGetrandom;
    case SYS_fstat:
      return Site::kFstat;
    case SYS_clone:
      return Site::kClone;
    case SYS_futex:
      return Site::kFutex;
    case SYS_process_vm_readv:
      return Site::kProcessVmReadv;
    case SYS_pkey_alloc:
      return Site::kPkeyAlloc;
    case SYS_pkey_mprotect:
      return Site::kPkeyMprotect;
    default:
      return Site::kOtherNumber;
  }
}

}  // namespace

extern "C" {

long syscall(long number, ...) noexcept {
  constexpr int kMost = 6;
  const void* caller = __builtin_return_address(0);
  long arguments[kMost];
  std::va_list more;
  va_start(more, number);
  for (long& argument : arguments) {
    argument = va_arg(more, long);
  }
  va_end(more);
  if (Fails(SiteOf(number), caller)) {
    return -1;
  }
  return NextSyscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                     arguments[5]);
}

pid_t waitpid(pid_t child, int* status, int options) {
  static auto* next = Next<pid_t(pid_t, int*, int)>("waitpid");
  const int error = Judge(Site::kWaitpid, __builtin_return_address(0));
  if (error == EINTR) {
    errno = error;
    return -1;
  }
  const pid_t answer = next(child, status, options);
  if (error != 0) {
    // The child is over and gone all the same: nothing is left behind that the caller had to tidy.
    errno = error;
    return -1;
  }
  return answer;
}

int prctl(int option, ...) noexcept {
  static auto* next = Next<int(int, ...)>("prctl");
  const void* caller = __builtin_return_address(0);
  unsigned long arguments[4];
  std::va_list more;
  va_start(more, option);
  for (unsigned long& argument : arguments) {
    argument = va_arg(more, unsigned long);
  }
  va_end(more);
  return Fails(Site::kPrctl, caller)
             ? -1
             : next(option, arguments[0], arguments[1], arguments[2], arguments[3]);
}

int setrlimit(__rlimit_resource_t resource, const rlimit* limit) noexcept {
  static auto* next = Next<int(__rlimit_resource_t, const rlimit*)>("setrlimit");
  return Fails(Site::kSetrlimit, __builtin_return_address(0)) ? -1 : next(resource, limit);
}

int sigaction(int signal, const struct sigaction* action, struct sigaction* old) noexcept {
  static auto* next = Next<int(int, const struct sigaction*, struct sigaction*)>("sigaction");
  return Fails(Site::kSigaction, __builtin_return_address(0)) ? -1 : next(signal, action, old);
}

int execve(const char* file, char* const* arguments, char* const* environment) noexcept {
  static auto* next = Next<int(const char*, char* const*, char* const*)>("execve");
  return Fails(Site::kExecve, __builtin_return_address(0)) ? -1
                                                           : next(file, arguments, environment);
}

int tcgetattr(int descriptor, struct termios* modes) noexcept {
  static auto* next = Next<int(int, struct termios*)>("tcgetattr");
  return Fails(Site::kTcgetattr, __builtin_return_address(0)) ? -1 : next(descriptor, modes);
}

int tcsetattr(int descriptor, int when, const struct termios* modes) noexcept {
  static auto* next = Next<int(int, int, const struct termios*)>("tcsetattr");
  return Fails(Site::kTcsetattr, __builtin_return_address(0)) ? -1 : next(descriptor, when, modes);
}

}  // extern "C"

}  // namespace memfd_secret::faults
