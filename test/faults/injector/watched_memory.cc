#include "injector/watched_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <map>

#include "injector/next.h"

namespace memfd_secret::faults {
namespace {

struct Range {
  std::uintptr_t to = 0;
  // Of a shared mapping while it is open: the pages live on behind it.
  int descriptor = -1;
  // Mappings of one number are of the same pages.
  unsigned pages = 0;
};

using Ranges = std::map<std::uintptr_t, Range>;

class Lock {
 public:
  Lock() noexcept {
    while (held.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Lock() noexcept { held.clear(std::memory_order_release); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  static constinit inline std::atomic_flag held;
};

// Made at the first use: interposed functions are called before constructors run.
Ranges& All() noexcept {
  static auto* ranges = new Ranges;
  return *ranges;
}

struct Refused {
  void* address;
  std::size_t length;
};

constexpr std::size_t kMostRefused = 1024;
constinit Refused refused[kMostRefused] = {};
constinit std::size_t refused_count = 0;

constinit unsigned next_pages = 0;
constinit Unwiped unwiped;

bool IsAlone(const Range& range) noexcept {
  unsigned count = 0;
  for (const auto& [from, other] : All()) {
    count += other.pages == range.pages ? 1 : 0;
  }
  return count == 1 && range.descriptor < 0;
}

// Opens what is closed by a protection or a key: it is about to go.
bool IsZero(std::uintptr_t from, std::uintptr_t to) noexcept {
  constexpr long kDefaultKey = 0;
  auto* bytes = reinterpret_cast<unsigned char*>(from);
  const std::size_t length = to - from;
  if (NextSyscall(SYS_pkey_mprotect, bytes, length, PROT_READ | PROT_WRITE, kDefaultKey) != 0 &&
      NextSyscall(SYS_mprotect, bytes, length, PROT_READ | PROT_WRITE) != 0) {
    return true;
  }
  return bytes[0] == 0 && std::memcmp(bytes, bytes + 1, length - 1) == 0;
}

// Takes [from, to) off the ranges.
void Forget(std::uintptr_t from, std::uintptr_t to, bool look) noexcept {
  Ranges& all = All();
  auto at = all.upper_bound(from);
  if (at != all.begin()) {
    --at;
  }
  while (at != all.end() && at->first < to) {
    const std::uintptr_t begin = at->first;
    const Range range = at->second;
    if (range.to <= from) {
      ++at;
      continue;
    }
    const std::uintptr_t first = begin < from ? from : begin;
    const std::uintptr_t last = range.to < to ? range.to : to;
    if (look && IsAlone(range) && !IsZero(first, last)) {
      unwiped.first = unwiped.count == 0 ? begin : unwiped.first;
      ++unwiped.count;
    }
    at = all.erase(at);
    if (begin < first) {
      all[begin] = {first, range.descriptor, range.pages};
    }
    if (last < range.to) {
      at = all.insert_or_assign(last, range).first;
      ++at;
    }
  }
}

}  // namespace

void NoteMapped(const void* address, std::size_t length, int descriptor) noexcept {
  const Lock lock;
  const auto from = reinterpret_cast<std::uintptr_t>(address);
  All()[from] = {from + length, descriptor, ++next_pages};
}

void NoteUnmapping(const void* address, std::size_t length) noexcept {
  const Lock lock;
  const auto from = reinterpret_cast<std::uintptr_t>(address);
  Forget(from, from + length, true);
}

void NoteMoved(const void* from, std::size_t old_length, const void* to,
               std::size_t length) noexcept {
  const Lock lock;
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  const auto found = All().find(begin);
  if (found == All().end()) {
    return;
  }
  Range moved = found->second;
  const auto target = reinterpret_cast<std::uintptr_t>(to);
  Forget(begin, begin + old_length, false);
  moved.to = target + length;
  All()[target] = moved;
}

void NoteClosed(int descriptor) noexcept {
  const Lock lock;
  for (auto& [from, range] : All()) {
    range.descriptor = range.descriptor == descriptor ? -1 : range.descriptor;
  }
}

void NoteRefused(void* address, std::size_t length) noexcept {
  const Lock lock;
  if (refused_count < kMostRefused) {
    refused[refused_count++] = {address, length};
  }
}

void UnmapRefused() noexcept {
  while (refused_count > 0) {
    const Refused last = refused[--refused_count];
    NoteUnmapping(last.address, last.length);
    NextSyscall(SYS_munmap, last.address, last.length);
  }
}

Unwiped TakeUnwiped() noexcept {
  const Lock lock;
  const Unwiped taken = unwiped;
  unwiped = {};
  return taken;
}

bool Holds(const unsigned char* bytes, std::size_t length) noexcept {
  const Lock lock;
  for (const auto& [from, range] : All()) {
    // Through a pipe: what is closed by a protection or a key answers EFAULT there, not a signal.
    // It is not looked into, and so not found to hold anything.
    int ends[2];
    if (NextSyscall(SYS_pipe2, ends, 0) != 0) {
      return true;
    }
    const bool open =
        NextSyscall(SYS_write, ends[1], reinterpret_cast<const void*>(from), std::size_t{1}) == 1;
    NextSyscall(SYS_close, ends[0]);
    NextSyscall(SYS_close, ends[1]);
    if (open &&
        memmem(reinterpret_cast<const void*>(from), range.to - from, bytes, length) != nullptr) {
      return true;
    }
  }
  return false;
}

std::size_t WatchedBytes() noexcept {
  const Lock lock;
  std::size_t total = 0;
  for (const auto& [from, range] : All()) {
    total += range.to - from;
  }
  return total;
}

}  // namespace memfd_secret::faults
