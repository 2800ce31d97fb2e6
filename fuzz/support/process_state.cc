#include "support/process_state.h"

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "support/check.h"
#include "sys/pages.h"
#include "sys/secret_descriptor.h"

namespace memfd_secret::fuzz {
namespace {

constexpr int kMostDescriptors = 1024;

bool TryMemfdSecret() noexcept {
  sys::Mapping mapping;
  if (!sys::MapSecretPages(sys::PageSize(), &mapping).ok()) {
    return false;
  }
  CHECK_OK(sys::Unmap(mapping));
  return true;
}

}  // namespace

std::size_t OpenDescriptors() noexcept {
  static pollfd asked[kMostDescriptors];
  for (int i = 0; i < kMostDescriptors; ++i) {
    asked[i] = {.fd = i, .events = 0, .revents = 0};
  }
  CHECK(poll(asked, kMostDescriptors, 0) >= 0);
  std::size_t open = 0;
  for (const pollfd& one : asked) {
    open += (one.revents & POLLNVAL) == 0 ? 1 : 0;
  }
  return open;
}

std::size_t SecretMappings() noexcept {
  FILE* maps = std::fopen("/proc/self/maps", "re");
  CHECK(maps != nullptr);
  std::size_t count = 0;
  char line[512];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    count += std::strstr(line, "/secretmem") != nullptr ? 1 : 0;
  }
  std::fclose(maps);
  return count;
}

bool HasMemfdSecret() noexcept {
  static const bool kWorks = TryMemfdSecret();
  return kWorks;
}

}  // namespace memfd_secret::fuzz
