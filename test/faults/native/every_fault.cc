#include "every_fault.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "harness.h"
#include "heap_count.h"
#include "injector/watched_memory.h"
#include "process.h"
#include "sys/fork_mark.h"
#include "sys/mapping.h"

// Of the linker: this program's own code.
extern "C" char code_begin __asm__("__executable_start");
extern "C" char code_end __asm__("etext");

namespace memfd_secret::faults {
namespace {

using test::Footprint;
using test::MeasureFootprint;

// In memory that the processes of the runs share with the test's.
struct Shared {
  Plan plan;  // of the run that is under way
  Report report;
  sys::Status status;
  unsigned tolerated;
  Site sites[kMostRecorded];
};

void ExpectFootprint(const Footprint& before, const Kept& kept) {
  const Footprint now = MeasureFootprint();
  EXPECT_EQUAL(now.descriptors, before.descriptors);
  EXPECT(now.locked >= before.locked && now.locked <= before.locked + kept.memory);
  EXPECT(now.bytes >= before.bytes);
  EXPECT(now.bytes <= before.bytes + kept.addresses + kept.memory);
  EXPECT(now.mappings == before.mappings || kept.addresses + kept.memory > 0);
}

void ExpectStatus(const Scenario& scenario, const sys::Status& status, const Report& report) {
  if (!scenario.IsExpected(status, report)) {
    EXPECT_STATUS(status, {FactsOf(report.site).call, report.error});
  }
}

void ActAndLook(Scenario* scenario, Shared* shared) {
  scenario->Prepare();
  const Footprint before = MeasureFootprint();
  const std::size_t blocks = HeapBlocks();
  Arm(shared->plan);
  const sys::Status status = scenario->Act();
  const Report report = Disarm();
  UnmapRefused();
  shared->status = status;
  shared->report = report;
  if (status.ok()) {
    EXPECT(!report.hit || IsRepeated(report.site, report.error) ||
           scenario->Tolerates(report.site, report.error));
    scenario->ExpectWorks();
    scenario->Finish(true);
    return;
  }
  ExpectStatus(*scenario, status, report);
  // A signal that came meanwhile is no failure.
  EXPECT(report.error != EINTR || report.site == Site::kAccept);
  const Kept kept = scenario->Keeps(report);
  if (!scenario->releases(report)) {
    ExpectFootprint(before, kept);
  }
  EXPECT(HeapBlocks() == blocks || kept.memory > 0);
  scenario->ExpectUntouched(report);
  scenario->Finish(false);
}

void RunOnce(const Make& make, const Plan& plan, Shared* shared) {
  shared->plan = plan;
  const Footprint before = MeasureFootprint();
  const std::size_t blocks = HeapBlocks();
  Kept kept;
  {
    const std::unique_ptr<Scenario> scenario = make();
    ActAndLook(scenario.get(), shared);
    kept = scenario->Keeps(shared->report);
  }
  if (!kept.for_good) {
    EXPECT_EQUAL(HeapBlocks(), blocks);
    kept.memory = 0;
  }
  ExpectFootprint(before, kept);
  EXPECT_EQUAL(TakeUnwiped().count, 0);
  EXPECT(!Holds(kMarker, kMarkerSize));
}

void Record(const Make& make, Shared* shared) {
  RunOnce(make, {.nth = 0}, shared);
  EXPECT_OK(shared->status);
  EXPECT(shared->report.calls > 0 && shared->report.calls <= kMostRecorded);
  for (unsigned nth = 1; nth <= shared->report.calls; ++nth) {
    shared->sites[nth - 1] = RecordedSite(nth);
  }
}

// The nth call refused in one of its ways, two for each error.
void Refuse(const Make& make, unsigned nth, unsigned way, Shared* shared) {
  const Site site = shared->sites[nth - 1];
  RunOnce(make, {nth, way / 2, way % 2 != 0}, shared);
  EXPECT(shared->report.hit && shared->report.site == site);
  shared->tolerated += shared->status.ok() ? 1 : 0;
}

unsigned Ways(Site site) { return 2 * CountErrors(site); }

// What the process reads once in its life is read here.
void WarmUp() {
  sys::Mapping mapping;
  EXPECT_OK(sys::MapBetweenGuards(-1, sys::PageSize(), &mapping));
  EXPECT_OK(sys::Unmap(mapping));
}

void InChild(const std::function<void()>& body, const Shared* shared) {
  const pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    WatchThisProgram();
    // Its page is kept for the life of the process.
    EXPECT_OK(sys::MarkOwner());
    body();
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    EXPECT_EQUAL(errno, EINTR);
  }
  if (status != 0) {
    const auto& [nth, choice, persistent] = shared->plan;
    std::printf("# with call %u (%s) refused by its error %u%s\n", nth,
                nth == 0 ? "none" : FactsOf(shared->sites[nth - 1]).name, choice,
                persistent ? ", and all of its kind that follow" : "");
    std::fflush(stdout);
  }
  if (test::HasFailed()) {
    _exit(1);
  }
  EXPECT_EQUAL(status, 0);
}

// In a long run of calls of one site, as of prefaulting page after page, the first and the last few
// stand for all.
bool IsInside(const Site* sites, unsigned at, unsigned count) {
  constexpr unsigned kEnds = 3;
  for (unsigned distance = 1; distance <= kEnds; ++distance) {
    const bool same = at >= distance && at + distance < count &&
                      sites[at - distance] == sites[at] && sites[at + distance] == sites[at];
    if (!same) {
      return false;
    }
  }
  return true;
}

}  // namespace

void WatchThisProgram() { WatchCode(&code_begin, &code_end); }

void FailEachCall(const char* name, const Make& make, Processes processes) {
  auto* shared = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  EXPECT(shared != MAP_FAILED);
  const bool fresh = processes == Processes::kOneEach;
  const auto in_child = [&](const std::function<void()>& body) {
    InChild(
        [&] {
          if (!fresh) {
            WarmUp();
          }
          body();
        },
        shared);
  };
  in_child([&] { Record(make, shared); });
  const unsigned calls = shared->report.calls;
  unsigned faults = 0;
  for (unsigned nth = 1; nth <= calls; ++nth) {
    if (IsInside(shared->sites, nth - 1, calls)) {
      continue;
    }
    const unsigned ways = Ways(shared->sites[nth - 1]);
    const unsigned step = fresh ? 1 : ways;
    for (unsigned way = 0; way < ways; way += step) {
      in_child([&] {
        for (unsigned i = way; i < way + step; ++i) {
          Refuse(make, nth, i, shared);
        }
      });
    }
    faults += ways;
  }
  std::printf("# %s: %u faults, %u tolerated\n", name, faults, shared->tolerated);
  std::fflush(stdout);
  munmap(shared, sizeof(Shared));
}

}  // namespace memfd_secret::faults
