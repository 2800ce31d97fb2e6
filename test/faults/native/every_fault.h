#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "harness.h"
#include "injector/plan.h"
#include "sys/status.h"

namespace memfd_secret::faults {

// Bytes that a scenario writes into its secrets: found in no page of the package once they are
// over.
inline constexpr unsigned char kMarker[] = "a marker of 32 bytes, no more...";
inline constexpr std::size_t kMarkerSize = sizeof(kMarker) - 1;

// Many runs each, which a busy machine takes long for.
inline constexpr test::Options kOrdinary{.seconds = 240};
inline constexpr test::Options kMapsSecret{
    .secret = true, .memlock = 8 * test::kMebi, .seconds = 240};
inline constexpr test::Options kMapsLocked{.memlock = 8 * test::kMebi, .seconds = 240};

struct Kept {
  std::size_t addresses = 0;
  std::size_t memory = 0;
  // Beyond the scenario's end too: sealed memory that cannot be opened to be wiped.
  bool for_good = false;
};

// One thing that the package does, made to fail at each of its system calls.
class Scenario {
 public:
  Scenario() noexcept = default;
  virtual ~Scenario() noexcept = default;
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  // What is there before; nothing fails.
  virtual void Prepare() {}
  // What may fail. A failure must leave everything as Prepare made it.
  virtual sys::Status Act() = 0;
  // Nothing fails any more. It worked: with a fault too, where that is tolerated.
  virtual void ExpectWorks() {}
  // It failed: what was there before must be whole.
  virtual void ExpectUntouched(const Report& report) { static_cast<void>(report); }
  // Undoes Prepare and, where it worked, Act.
  virtual void Finish(bool worked) { static_cast<void>(worked); }
  // Whether it may work although a call of this site failed.
  [[nodiscard]] virtual bool Tolerates(Site site, int error) const {
    static_cast<void>(site);
    static_cast<void>(error);
    return false;
  }
  // What a fault may leave: bytes of addresses without memory, and of free memory that the next
  // call will use.
  [[nodiscard]] virtual Kept Keeps(const Report& report) const {
    static_cast<void>(report);
    return {};
  }
  // Whether a failure may have given memory back already.
  [[nodiscard]] virtual bool releases(const Report& report) const {
    static_cast<void>(report);
    return false;
  }
  // Whether a failure's status may be another than the refused call's own.
  [[nodiscard]] virtual bool IsExpected(const sys::Status& status, const Report& report) const {
    static_cast<void>(status);
    static_cast<void>(report);
    return false;
  }
};

using Make = std::function<std::unique_ptr<Scenario>()>;

// For what is done once in the life of a process, or changes it, each run takes one of its own.
enum class Processes : bool { kOneACall, kOneEach };

// Runs the scenario once for each of its calls, each error that the call may answer, and once more
// with the call failing from then on. The status must be that of
// the refused call, and descriptors, mappings, locked bytes and heap blocks as before; what was
// unmapped must have been wiped. Prints how many faults those were.
void FailEachCall(const char* name, const Make& make, Processes processes = Processes::kOneACall);

// Makes the calls of this program those that fail.
void WatchThisProgram();

}  // namespace memfd_secret::faults
