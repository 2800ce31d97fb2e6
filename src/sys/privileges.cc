#include "sys/privileges.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace memfd_secret::sys {
namespace {

constexpr unsigned kCapIpcLock = 14;  // include/uapi/linux/capability.h

// The value of a line "name:\t<digits>"; 0 where there is none.
std::uint64_t Field(const char* text, const char* name, unsigned base) noexcept {
  const char* at = std::strstr(text, name);
  if (at == nullptr) {
    return 0;
  }
  at += std::strlen(name);
  while (*at == ' ' || *at == '\t') {
    ++at;
  }
  std::uint64_t value = 0;
  for (; *at != '\0' && *at != '\n'; ++at) {
    const unsigned digit = static_cast<unsigned>(*at <= '9' ? *at - '0' : (*at | 0x20) - 'a' + 10);
    value = value * base + digit;
  }
  return value;
}

}  // namespace

Privileges ReadPrivileges() noexcept {
  const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return {};
  }
  char text[4096];
  std::size_t length = 0;
  while (length < sizeof(text) - 1) {
    const ssize_t got = read(file, text + length, sizeof(text) - 1 - length);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      break;
    }
    length += static_cast<std::size_t>(got);
  }
  close(file);
  text[length] = '\0';
  return {Field(text, "\nSeccomp:", 10) == 2,
          (Field(text, "\nCapEff:", 16) >> kCapIpcLock & 1) != 0};
}

Status ReadMemlockLimit(std::size_t* bytes) noexcept {
  struct rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
    return Failed(Call::kGetrlimit);
  }
  *bytes = limit.rlim_cur == RLIM_INFINITY ? SIZE_MAX : static_cast<std::size_t>(limit.rlim_cur);
  return kOk;
}

}  // namespace memfd_secret::sys
