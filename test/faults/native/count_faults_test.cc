// Mappings are counted, and refused at a quarter of vm.max_map_count: a failure must not count.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "every_fault.h"
#include "harness.h"
#include "injector/watched_memory.h"
#include "sys/fork_mark.h"
#include "sys/pages.h"
#include "sys/shared_pages.h"

namespace memfd_secret::faults {
namespace {

using sys::Backing;
using sys::Mapping;
using sys::Status;
using test::Test;

// What an emulated machine or a raised limit would take too long for.
constexpr std::size_t kMostTried = 50'000;

std::size_t MostMappings() {
  const int file = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
  char text[32] = {};
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  return got > 0 ? std::strtoul(text, nullptr, 10) : kMostTried;
}

using Map = Status (*)(Mapping*);

// Refuses the nth call of map, and all of its kind that follow, more often than there may be
// mappings. False where there is no nth call.
bool RefuseOften(Map map, unsigned nth, std::size_t often) {
  Report report;
  for (std::size_t i = 0; i < often; ++i) {
    Mapping mapping;
    Arm({nth, 0, true});
    const Status status = map(&mapping);
    report = Disarm();
    UnmapRefused();
    if (!report.hit) {
      EXPECT_OK(status);
      EXPECT_OK(sys::Unmap(mapping));
      return false;
    }
    if (status.ok()) {
      EXPECT_OK(sys::Unmap(mapping));
    }
  }
  Mapping mapping;
  EXPECT_OK(map(&mapping));
  EXPECT_OK(sys::Unmap(mapping));
  return true;
}

void CheckMap(Map map) {
  const std::size_t often = MostMappings() / 4 + 100;
  if (often > kMostTried) {
    test::Skip("vm.max_map_count is too large to reach");
  }
  WatchThisProgram();
  EXPECT_OK(sys::MarkOwner());
  unsigned nth = 1;
  while (RefuseOften(map, nth, often)) {
    ++nth;
  }
  EXPECT(nth > 1);
  std::printf("# %zu failures in a row\n", often * (nth - 1));
  std::fflush(stdout);
}

Status MapSecret(Mapping* out) { return sys::MapSecretPages(sys::PageSize(), out); }
Status MapLocked(Mapping* out) { return sys::MapLockedPages(sys::PageSize(), out); }
Status MapShared(Mapping* out) {
  return sys::MapShareablePages(Backing::kMlock, sys::PageSize(), out);
}

const Test kSecret{"more refused secret mappings than there may be do not count", kMapsSecret,
                   [] { CheckMap(MapSecret); }};
const Test kLocked{"more refused locked mappings than there may be do not count", kMapsLocked,
                   [] { CheckMap(MapLocked); }};
const Test kShared{"more refused shareable mappings than there may be do not count", kMapsLocked,
                   [] { CheckMap(MapShared); }};

}  // namespace
}  // namespace memfd_secret::faults
