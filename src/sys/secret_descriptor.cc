#include "sys/secret_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "sys/call_numbers.h"

namespace memfd_secret::sys {
namespace {

constexpr unsigned long kSecretmemMagic = 0x5345434d;  // include/uapi/linux/magic.h

}  // namespace

Status MemfdSecret(unsigned flags, int* descriptor) noexcept {
  const long got = syscall(kMemfdSecretNumber, flags);
  if (got < 0) {
    return Failed(Call::kMemfdSecret);
  }
  *descriptor = static_cast<int>(got);
  return kOk;
}

Status OpenSecretDescriptor(std::size_t length, int* descriptor) noexcept {
  int opened = -1;
  if (const Status status = MemfdSecret(O_CLOEXEC, &opened); !status.ok()) {
    return status;
  }
  if (ftruncate(opened, static_cast<off_t>(length)) != 0) {
    const Status status = Failed(Call::kFtruncate);
    close(opened);
    return status;
  }
  *descriptor = opened;
  return kOk;
}

Status IsSecretDescriptor(int descriptor, bool* secret, std::size_t* length) noexcept {
  struct statfs file_system{};
  if (fstatfs(descriptor, &file_system) != 0) {
    return Failed(Call::kFstatfs);
  }
  struct stat file{};
  // Not fstat(3): a C library older than glibc 2.33 has no such symbol, and would refuse to load
  // the addon.
  if (syscall(SYS_fstat, descriptor, &file) != 0) {
    return Failed(Call::kFstat);
  }
  *secret = static_cast<unsigned long>(file_system.f_type) == kSecretmemMagic;
  *length = static_cast<std::size_t>(file.st_size);
  return kOk;
}

}  // namespace memfd_secret::sys
