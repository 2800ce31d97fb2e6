#include "injector/plan.h"

#include <atomic>
#include <cstdint>

namespace memfd_secret::faults {
namespace {

constinit std::atomic<std::uintptr_t> code_begin{0};
constinit std::atomic<std::uintptr_t> code_end{0};
constinit std::atomic<bool> armed{false};
constinit std::atomic<unsigned> calls{0};
constinit std::atomic<bool> hit{false};
constinit Plan current;
constinit Report report;
constinit Site recorded[kMostRecorded] = {};

}  // namespace

void WatchCode(const void* begin, const void* end) noexcept {
  code_begin = reinterpret_cast<std::uintptr_t>(begin);
  code_end = reinterpret_cast<std::uintptr_t>(end);
}

bool IsWatched(const void* caller) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(caller);
  return at >= code_begin.load(std::memory_order_relaxed) &&
         at < code_end.load(std::memory_order_relaxed);
}

void Arm(const Plan& plan) noexcept {
  current = plan;
  report = {};
  calls = 0;
  hit = false;
  armed = true;
}

Report Disarm() noexcept {
  armed = false;
  report.calls = calls;
  report.hit = hit;
  return report;
}

Site RecordedSite(unsigned nth) noexcept { return recorded[nth - 1]; }

int Judge(Site site, const void* caller) noexcept {
  if (!armed.load(std::memory_order_acquire) || !IsWatched(caller)) {
    return 0;
  }
  const unsigned nth = calls.fetch_add(1) + 1;
  if (nth <= kMostRecorded) {
    recorded[nth - 1] = site;
  }
  if (nth == current.nth) {
    report.site = site;
    report.error = current.choice < CountErrors(site) ? FactsOf(site).errors[current.choice] : 0;
    hit.store(true, std::memory_order_release);
    return report.error;
  }
  const bool again = current.persistent && hit.load(std::memory_order_acquire) &&
                     site == report.site && !IsRepeated(site, report.error);
  return again ? report.error : 0;
}

}  // namespace memfd_secret::faults
