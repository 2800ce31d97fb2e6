#include "injector/site.h"

#include <cerrno>

namespace memfd_secret::faults {
namespace {

using sys::Call;

constexpr SiteFacts kFacts[] = {
    {"accept4", Call::kAccept, {EMFILE, EINTR, ECONNABORTED, EAGAIN}},
    {"bind", Call::kBind, {EADDRINUSE, EACCES}},
    {"clone", Call::kClone, {EAGAIN, ENOMEM, EPERM}},
    {"close", Call::kNone, {EIO, EINTR}},
    {"connect", Call::kConnect, {ECONNREFUSED, EAGAIN, EACCES}},
    // Where the page is there it answers EBADF: the package asks it for nothing else.
    {"epoll_ctl", Call::kPrefault, {EFAULT, EPERM}},
    {"execve", Call::kExecve, {ENOENT, EACCES, E2BIG}},
    {"fcntl", Call::kFcntl, {EBADF, EMFILE}},
    {"fstat", Call::kFstat, {EBADF, EIO}},
    {"fstatfs", Call::kFstatfs, {EBADF, EIO, ENOSYS}},
    {"ftruncate", Call::kFtruncate, {EINVAL, EIO, EPERM}},
    {"futex", Call::kNone, {EINTR, EAGAIN}},
    {"getrandom", Call::kGetrandom, {EINTR, ENOSYS, EFAULT, EPERM}},
    {"getsockopt", Call::kGetsockopt, {ENOTSOCK, ENOPROTOOPT}},
    {"getxattr", Call::kGetxattr, {EACCES, ENOTSUP}},
    {"ioctl", Call::kIoctl, {ENOTTY, EIO}},
    {"listen", Call::kListen, {EADDRINUSE, EOPNOTSUPP}},
    {"madvise", Call::kMadvise, {EINVAL, ENOMEM, EAGAIN}},
    {"malloc", Call::kMmap, {ENOMEM}},
    {"mmap at", Call::kMmap, {ENOMEM, EAGAIN, EPERM, EEXIST}},
    {"memfd_secret", Call::kMemfdSecret, {ENOSYS, EMFILE, ENFILE, ENOMEM, EPERM}},
    {"mlock", Call::kMlock, {ENOMEM, EAGAIN, EPERM}},
    {"mmap", Call::kMmap, {ENOMEM, EAGAIN, EPERM}},
    {"mprotect", Call::kMprotect, {ENOMEM, EACCES}},
    {"mremap", Call::kMremap, {ENOMEM, EAGAIN, EFAULT}},
    {"msync", Call::kNone, {EINVAL, ENOMEM}},
    {"munmap", Call::kMunmap, {ENOMEM, EINVAL}},
    {"open", Call::kOpen, {EMFILE, EACCES, ENOENT}},
    {"pipe2", Call::kPipe, {EMFILE, ENFILE}},
    {"pkey_alloc", Call::kPkeyAlloc, {ENOSPC, ENOSYS, EINVAL}},
    {"pkey_mprotect", Call::kPkeyMprotect, {ENOMEM, EINVAL}},
    {"poll", Call::kPoll, {EINTR, ENOMEM}},
    {"prctl", Call::kPrctl, {EINVAL, EPERM}},
    {"process_vm_readv", Call::kProcessVmReadv, {EPERM, ENOMEM, EFAULT}},
    {"read", Call::kRead, {EINTR, EIO, EAGAIN}},
    {"recvmsg", Call::kRecvmsg, {EINTR, EAGAIN, ECONNRESET, EMFILE}},
    {"sendmsg", Call::kSendmsg, {EINTR, EAGAIN, EPIPE, ETOOMANYREFS}},
    {"setrlimit", Call::kSetrlimit, {EPERM, EINVAL}},
    {"sigaction", Call::kSigaction, {EINVAL}},
    {"socket", Call::kSocket, {EMFILE, EACCES, ENOBUFS}},
    {"tcgetattr", Call::kTcsetattr, {ENOTTY, EIO}},
    {"tcsetattr", Call::kTcsetattr, {EINTR, EIO}},
    {"waitpid", Call::kWaitpid, {EINTR, ECHILD}},
    {"write", Call::kWrite, {EINTR, EAGAIN, EPIPE, ENOSPC}},
    {"syscall", Call::kNone, {ENOSYS, EPERM}},
};
static_assert(sizeof(kFacts) / sizeof(kFacts[0]) == static_cast<unsigned>(Site::kCount));

}  // namespace

const SiteFacts& FactsOf(Site site) noexcept { return kFacts[static_cast<unsigned>(site)]; }

unsigned CountErrors(Site site) noexcept {
  unsigned count = 0;
  for (const int error : FactsOf(site).errors) {
    count += error != 0 ? 1 : 0;
  }
  return count;
}

bool IsRepeated(Site site, int error) noexcept {
  if (error == EINTR) {
    return true;
  }
  switch (site) {
    case Site::kAccept:
      return error == EAGAIN || error == ECONNABORTED;
    case Site::kConnect:
    case Site::kFutex:
    case Site::kRead:
    case Site::kRecvmsg:
    case Site::kSendmsg:
    case Site::kWrite:
      return error == EAGAIN;
    default:
      return false;
  }
}

}  // namespace memfd_secret::faults
