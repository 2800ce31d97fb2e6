// An arena, with each system call refused that it makes from the first secret on.
#include "arena/opened_slot.h"
#include "arena/shared_secret.h"
#include "harness.h"
#include "in_arena.h"
#include "process.h"

namespace memfd_secret::faults {
namespace {

using arena::OpenedSlot;
using arena::ShareId;
using arena::Slot;
using sys::Backing;
using sys::Status;
using test::Test;

void ExpectZeroed(Slot* slot) {
  const OpenedSlot opened(slot);
  EXPECT_OK(opened.status());
  EXPECT(test::AllBytesAre(slot->data, slot->length, 0));
}

struct Wanted {
  std::size_t length;
  bool own;
  bool first;
};

class Allocates : public InArena {
 public:
  Allocates(const Home& home, const Wanted& wanted)
      : InArena(home, wanted.first), wanted_(wanted) {}
  Status Act() override {
    return arena().Allocate(home().backing, wanted_.length, wanted_.own, &slot_);
  }
  void ExpectWorks() override {
    InArena::ExpectWorks();
    ExpectZeroed(slot_);
    Write(slot_);
  }
  void ExpectUntouched(const Report& report) override {
    InArena::ExpectUntouched(report);
    EXPECT(slot_ == nullptr);
    // It works once nothing is refused.
    EXPECT_OK(arena().Allocate(home().backing, wanted_.length, wanted_.own, &slot_));
    ExpectZeroed(slot_);
    Write(slot_);
  }
  void FinishMore(bool /*worked*/) override { EXPECT(arena().End(slot_)); }
  [[nodiscard]] bool grows() const override { return !wanted_.own; }
  [[nodiscard]] Kept Keeps(const Report& report) const override {
    // No room for the records of a block, or no way into the chunk: it stays, for the next secret.
    const bool after_growth = report.site == Site::kMalloc || report.site == Site::kMprotect;
    return {.memory = grows() && after_growth ? WithGuards(2 * kFirstChunk) : 0};
  }

 private:
  Wanted wanted_;
  Slot* slot_ = nullptr;
};

void CheckAllocate(const Home& home) {
  const Wanted cases[] = {
      {32, false, true}, {2000, false, true},  {32, true, true},     {kLong, false, true},
      {32, true, false}, {kLong, true, false}, {2000, false, false},
  };
  for (const Wanted& wanted : cases) {
    FailEachCall(home.sealed() ? "a sealed allocation" : "an allocation",
                 [=] { return std::make_unique<Allocates>(home, wanted); });
  }
}

const Test kAllocateSecret{"allocation, secret pages: each call refused", kMapsSecret,
                           [] { ForEachHome(Backing::kMemfdSecret, CheckAllocate); }};
const Test kAllocateLocked{"allocation, locked pages: each call refused", kMapsLocked,
                           [] { ForEachHome(Backing::kMlock, CheckAllocate); }};

// More than one chunk: those made before the one that fails are given back.
class Reserves : public InArena {
 public:
  explicit Reserves(const Home& home) : InArena(home, false) {}
  Status Act() override { return arena().Reserve(home().backing, kReserved); }
  void ExpectWorks() override {
    InArena::ExpectWorks();
    EXPECT_EQUAL(arena().stats().reserved, kReserved);
  }

 private:
  static constexpr std::size_t kReserved = 80 * test::kKibi;
};

void CheckReserve(const Home& home) {
  FailEachCall(home.sealed() ? "a sealed reserve" : "a reserve",
               [=] { return std::make_unique<Reserves>(home); });
}

const Test kReserveSecret{"a reserve, secret pages: each call refused", kMapsSecret,
                          [] { ForEachHome(Backing::kMemfdSecret, CheckReserve); }};
const Test kReserveLocked{"a reserve, locked pages: each call refused", kMapsLocked,
                          [] { ForEachHome(Backing::kMlock, CheckReserve); }};

class Shares : public InArena {
 public:
  Shares(const Home& home, bool own) : InArena(home, false), own_(own) {}
  void PrepareMore() override {
    EXPECT_OK(arena().Allocate(home().backing, kMarkerSize, own_, &slot_));
    Write(slot_);
  }
  Status Act() override {
    bool intact = false;
    return arena().Share(home().backing, &slot_, &id_, &intact);
  }
  void ExpectWorks() override {
    InArena::ExpectWorks();
    ExpectWritten(slot_);
  }
  void ExpectUntouched(const Report& report) override {
    InArena::ExpectUntouched(report);
    ExpectWritten(slot_);
    // It has moved where all that failed is the wipe of what it moved from.
    EXPECT(slot_->shared == nullptr || report.site == Site::kMprotect);
  }
  void FinishMore(bool /*worked*/) override { EXPECT(arena().End(slot_)); }
  [[nodiscard]] bool Tolerates(Site site, int error) const override {
    // The slot that it moved from ends, which cannot fail.
    return InArena::Tolerates(site, error) || site == Site::kMunmap;
  }
  [[nodiscard]] Kept Keeps(const Report& report) const override {
    if (report.site == Site::kMprotect) {
      // The pages to move to cannot be opened, and so not wiped.
      return {.memory = WithGuards(sys::PageSize()), .for_good = true};
    }
    return KeptAddresses(report, kMarkerSize);
  }

 private:
  bool own_;
  Slot* slot_ = nullptr;
  ShareId id_;
};

class Opens : public InArena {
 public:
  explicit Opens(const Home& home) : InArena(home, false) {}
  void PrepareMore() override {
    bool intact = false;
    EXPECT_OK(arena().Allocate(home().backing, kLong, false, &slot_));
    Write(slot_);
    EXPECT_OK(arena().Share(home().backing, &slot_, &id_, &intact));
  }
  Status Act() override { return arena().Open(id_, &opened_); }
  void ExpectWorks() override {
    InArena::ExpectWorks();
    ExpectWritten(opened_);
  }
  void ExpectUntouched(const Report& report) override {
    InArena::ExpectUntouched(report);
    ExpectWritten(slot_);
    EXPECT(opened_ == nullptr);
    EXPECT_OK(arena().Open(id_, &opened_));
  }
  void FinishMore(bool /*worked*/) override {
    EXPECT(arena().End(slot_));
    ExpectWritten(opened_);
    EXPECT(arena().End(opened_));
  }
  [[nodiscard]] Kept Keeps(const Report& report) const override {
    return KeptAddresses(report, kLong);
  }

 private:
  Slot* slot_ = nullptr;
  Slot* opened_ = nullptr;
  ShareId id_;
};

void CheckShare(const Home& home) {
  for (const bool own : {false, true}) {
    FailEachCall(home.sealed() ? "sealed sharing" : "sharing",
                 [=] { return std::make_unique<Shares>(home, own); });
  }
  FailEachCall(home.sealed() ? "sealed opening" : "opening",
               [=] { return std::make_unique<Opens>(home); });
}

const Test kShareSecret{"sharing, secret pages: each call refused", kMapsSecret,
                        [] { ForEachHome(Backing::kMemfdSecret, CheckShare); }};
const Test kShareLocked{"sharing, locked pages: each call refused", kMapsLocked,
                        [] { ForEachHome(Backing::kMlock, CheckShare); }};

}  // namespace
}  // namespace memfd_secret::faults
