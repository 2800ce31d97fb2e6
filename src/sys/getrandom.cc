#include "sys/getrandom.h"

#include <sys/random.h>

#include <cerrno>

namespace memfd_secret::sys {

Status FillRandom(void* memory, std::size_t length) noexcept {
  auto* at = static_cast<unsigned char*>(memory);
  while (length > 0) {
    const ssize_t got = getrandom(at, length, 0);
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
