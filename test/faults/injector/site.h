#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/status.h"

namespace memfd_secret::faults {

// What can be made to fail: a function of the C library, or a call by number of syscall(2).
enum class Site : std::uint8_t {
  kAccept,
  kBind,
  kClone,
  kClose,
  kConnect,
  kEpollCtl,
  kExecve,
  kFcntl,
  kFstat,
  kFstatfs,
  kFtruncate,
  kFutex,
  kGetrandom,
  kGetsockopt,
  kGetxattr,
  kIoctl,
  kListen,
  kMadvise,
  kMalloc,
  kMapAt,  // mmap(2) with MAP_FIXED_NOREPLACE
  kMemfdSecret,
  kMlock,
  kMmap,
  kMprotect,
  kMremap,
  kMsync,
  kMunmap,
  kOpen,
  kPipe,
  kPkeyAlloc,
  kPkeyMprotect,
  kPoll,
  kPrctl,
  kProcessVmReadv,
  kRead,
  kRecvmsg,
  kSendmsg,
  kSetrlimit,
  kSigaction,
  kSocket,
  kTcgetattr,
  kTcsetattr,
  kWaitpid,
  kWrite,
  kOtherNumber,  // of syscall(2)
  kCount,
};

// The errors that a site can be made to answer, and what the package calls it in a Status.
struct SiteFacts {
  const char* name;
  sys::Call call;
  int errors[5];  // 0: no more
};

[[nodiscard]] const SiteFacts& FactsOf(Site site) noexcept;
[[nodiscard]] unsigned CountErrors(Site site) noexcept;

// Errors that say "again": callers repeat the call, so that one which never ends would hang them.
[[nodiscard]] bool IsRepeated(Site site, int error) noexcept;

}  // namespace memfd_secret::faults
