#pragma once

#include <cstddef>
#include <memory>

#include "arena/arena.h"
#include "every_fault.h"
#include "sys/pages.h"
#include "sys/seal.h"

namespace memfd_secret::faults {

inline constexpr std::size_t kLong = 10'000;
// Its guards too.
[[nodiscard]] std::size_t WithGuards(std::size_t length);

inline constexpr std::size_t kFirstChunk = std::size_t{16} * 1024;

// What kind of memory an arena has.
struct Home {
  sys::Backing backing = sys::Backing::kMemfdSecret;
  sys::Sealing sealing = sys::Sealing::kNone;

  [[nodiscard]] bool sealed() const noexcept { return sealing != sys::Sealing::kNone; }
};

// Runs check for each way of sealing that there is here, open memory first.
void ForEachHome(sys::Backing backing, void (*check)(const Home& home));

// Fails each call of a scenario, with a secret of a slot and one of pages of its own.
template <typename OfLength>
void FailForEachLength(const char* name, const Home& home) {
  for (const std::size_t length : {kMarkerSize, kLong}) {
    FailEachCall(name, [=] { return std::make_unique<OfLength>(home, length); });
  }
}

// With the memory open meanwhile, where it is sealed; it is closed again then.
void Write(arena::Slot* slot);
void ExpectWritten(arena::Slot* slot);

// A move that the kernel refuses leaves the range of addresses that was to be moved to.
[[nodiscard]] Kept KeptAddresses(const Report& report, std::size_t length);

// An arena with some secrets in it: they are whole whatever fails, and its numbers as before.
class InArena : public Scenario {
 public:
  // first: of an arena that has none yet.
  InArena(const Home& home, bool first);

  void Prepare() override;
  void ExpectWorks() override;
  void ExpectUntouched(const Report& report) override;
  void Finish(bool worked) override;
  [[nodiscard]] bool Tolerates(Site site, int error) const override;

 protected:
  virtual void PrepareMore() {}
  virtual void FinishMore(bool worked) { static_cast<void>(worked); }
  // Near a limit a smaller chunk serves as well.
  [[nodiscard]] virtual bool grows() const { return false; }
  [[nodiscard]] arena::Arena& arena() { return arena_; }
  [[nodiscard]] const Home& home() const { return home_; }

 private:
  static constexpr std::size_t kNeighbours = 3;

  void ExpectNeighbours() const;

  Home home_;
  bool first_;
  bool stuck_ = false;
  arena::Arena arena_;
  arena::ArenaStats before_;
  arena::Slot* neighbours_[kNeighbours] = {};
};

}  // namespace memfd_secret::faults
