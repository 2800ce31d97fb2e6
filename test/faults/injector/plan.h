#pragma once

#include "injector/site.h"

namespace memfd_secret::faults {

// Which call fails: the nth (from 1) of those that watched code makes once armed, by the errno of
// that number in its site's list.
struct Plan {
  unsigned nth = 1;  // 0: none
  unsigned choice = 0;
  // All later calls of the same site fail too, as at a limit; but for errors that callers repeat.
  bool persistent = false;
};

struct Report {
  unsigned calls = 0;  // of watched code, while armed
  bool hit = false;    // the nth was made
  Site site = Site::kCount;
  int error = 0;  // 0: the site has no error of that number, and the call was let through
};

// Calls from other code are let through and not counted. The range is [begin, end).
void WatchCode(const void* begin, const void* end) noexcept;
[[nodiscard]] bool IsWatched(const void* caller) noexcept;

void Arm(const Plan& plan) noexcept;
// From here on nothing fails.
Report Disarm() noexcept;

// The sites of the calls made while armed, in their order: the first kMostRecorded of them.
inline constexpr unsigned kMostRecorded = 8192;
[[nodiscard]] Site RecordedSite(unsigned nth) noexcept;

// Asked by each interposed function: the errno to fail by, or 0.
[[nodiscard]] int Judge(Site site, const void* caller) noexcept;

}  // namespace memfd_secret::faults
