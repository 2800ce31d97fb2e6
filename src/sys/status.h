#pragma once

#include <cstdint>

namespace memfd_secret::sys {

// The system call that failed, in the order of kCallNames: lib/native.ts receives the number and
// needs no string from C++.
enum class Call : std::uint8_t {
  kNone,
  kMemfdSecret,
  kFtruncate,
  kMmap,
  kMunmap,
  kMadvise,
  kMprotect,
  kMlock,
  kPrefault,
  kGetrandom,
  kClone,
  kWaitpid,
  kFstat,
  kFcntl,
  kMremap,
  kPrctl,
  kSetrlimit,
  kGetrlimit,
  kSocket,
  kBind,
  kListen,
  kConnect,
  kAccept,
  kGetsockopt,
  kSendmsg,
  kRecvmsg,
  kPoll,
  kPipe,
  kRead,
  kWrite,
  kOpen,
  kIoctl,
  kTcsetattr,
  kSigaction,
  kFstatfs,
  kPkeyAlloc,
  kPkeyMprotect,
  kProcessVmReadv,
  kExecve,
  kGetxattr,
  kCount,
};

inline constexpr const char* kCallNames[] = {
    "",
    "memfd_secret",
    "ftruncate",
    "mmap",
    "munmap",
    "madvise",
    "mprotect",
    "mlock",
    "prefault",
    "getrandom",
    "clone",
    "waitpid",
    "fstat",
    "fcntl",
    "mremap",
    "prctl",
    "setrlimit",
    "getrlimit",
    "socket",
    "bind",
    "listen",
    "connect",
    "accept",
    "getsockopt",
    "sendmsg",
    "recvmsg",
    "poll",
    "pipe",
    "read",
    "write",
    "open",
    "ioctl",
    "tcsetattr",
    "sigaction",
    "fstatfs",
    "pkey_alloc",
    "pkey_mprotect",
    "process_vm_readv",
    "execve",
    "getxattr",
};
static_assert(sizeof(kCallNames) / sizeof(kCallNames[0]) == static_cast<unsigned>(Call::kCount));

// What a system call answered: errno is kept at once, since any later call may overwrite it.
struct [[nodiscard]] Status {
  Call call = Call::kNone;
  int error = 0;

  [[nodiscard]] constexpr bool ok() const noexcept { return error == 0; }
};

inline constexpr Status kOk{};

[[nodiscard]] Status Failed(Call call) noexcept;

}  // namespace memfd_secret::sys
