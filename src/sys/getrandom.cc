#include "sys/getrandom.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace memfd_secret::sys {

Status FillRandom(void* memory, std::size_t length) noexcept {
  auto* at = static_cast<unsigned char*>(memory);
  while (length > 0) {
    // By number: glibc 2.41's getrandom takes bytes from a pool in ordinary memory where the vDSO
    // has one (Linux 6.11), and faults in this process where the kernel answers EFAULT.
    const long got = syscall(SYS_getrandom, at, length, 0U);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Failed(Call::kGetrandom);
    }
    at += got;
    length -= static_cast<std::size_t>(got);
  }
  return kOk;
}

}  // namespace memfd_secret::sys
