#include "sys/map_count.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace memfd_secret::sys {
namespace {

// The kernel's default, for where /proc cannot be read.
constexpr std::size_t kUsualMapCount = 65530;

constinit std::atomic<std::size_t> mappings{0};
// Known once the first mapping is made; read again before one is refused, since it can be raised.
constinit std::atomic<std::size_t> most_mappings{0};

std::size_t ReadMapCount() noexcept {
  const int file = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return kUsualMapCount;
  }
  char text[24];
  const ssize_t length = read(file, text, sizeof(text));
  close(file);
  std::size_t count = 0;
  for (ssize_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i) {
    count = count * 10 + static_cast<std::size_t>(text[i] - '0');
  }
  return count == 0 ? kUsualMapCount : count;
}

}  // namespace

Status CountMapping() noexcept {
  const std::size_t count = mappings.fetch_add(1, std::memory_order_relaxed);
  if (count < most_mappings.load(std::memory_order_relaxed)) {
    return kOk;
  }
  // Each takes three of the kernel's: the pages and two guards.
  const std::size_t most = ReadMapCount() / 4;
  most_mappings.store(most, std::memory_order_relaxed);
  if (count < most) {
    return kOk;
  }
  UncountMapping();
  return {Call::kMmap, ENOMEM};
}

void UncountMapping() noexcept { mappings.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace memfd_secret::sys
