// The end of secrets and of their arena: it cannot fail, and wipes whatever the kernel refuses.
#include <cerrno>
#include <cstring>

#include "harness.h"
#include "in_arena.h"
#include "process.h"

namespace memfd_secret::faults {
namespace {

using arena::Arena;
using arena::Slot;
using sys::Backing;
using sys::Status;
using test::Test;

constexpr std::size_t kLengths[] = {kMarkerSize, 2000, 5000, 20'000};
constexpr std::size_t kCount = sizeof(kLengths) / sizeof(kLengths[0]);

// held: as by a view, which I/O in flight keeps alive.
class Ends : public Scenario {
 public:
  Ends(Backing backing, std::uint32_t held) : backing_(backing), held_(held) {}

  void Prepare() override {
    arena_ = std::make_unique<Arena>();
    for (std::size_t i = 0; i < kCount; ++i) {
      EXPECT_OK(arena_->Allocate(backing_, kLengths[i], false, &slots_[i]));
      std::memcpy(slots_[i]->data, kMarker, kMarkerSize);
      data_[i] = slots_[i]->data;
      Arena::Hold(slots_[i], held_);
    }
  }

  Status Act() override {
    for (Slot* slot : slots_) {
      EXPECT(arena_->End(slot));
    }
    if (held_ > 0) {
      for (std::size_t i = 0; i < kCount; ++i) {
        EXPECT(test::AllBytesAre(data_[i], kLengths[i], 0));
        // What was in flight writes.
        std::memcpy(data_[i], kMarker, kMarkerSize);
        arena_->Drop(slots_[i], held_);
      }
    }
    EXPECT(arena_->idle());
    EXPECT_EQUAL(arena_->stats().live + arena_->stats().quarantined, 0);
    arena_.reset();
    return sys::kOk;
  }

  [[nodiscard]] bool Tolerates(Site /*site*/, int /*error*/) const override { return true; }

 private:
  Backing backing_;
  std::uint32_t held_;
  std::unique_ptr<Arena> arena_;
  Slot* slots_[kCount] = {};
  std::byte* data_[kCount] = {};
};

void CheckEnds(Backing backing) {
  for (const std::uint32_t held : {0U, 3U}) {
    FailEachCall("an end", [=] { return std::make_unique<Ends>(backing, held); });
  }
}

const Test kSecret{"the end of secrets, secret pages: each call refused", kMapsSecret,
                   [] { CheckEnds(Backing::kMemfdSecret); }};
const Test kLocked{"the end of secrets, locked pages: each call refused", kMapsLocked,
                   [] { CheckEnds(Backing::kMlock); }};

// Of sealed memory that cannot be opened to be wiped: the end says so, and nobody gets it again.
class EndsSealed : public Scenario {
 public:
  EndsSealed(const Home& home, std::size_t length) : home_(home), length_(length) {}

  void Prepare() override {
    arena_ = std::make_unique<Arena>(nullptr, home_.sealing);
    EXPECT_OK(arena_->Allocate(home_.backing, length_, false, &slot_));
    Write(slot_);
    data_ = slot_->data;
  }

  Status Act() override {
    Status wiped;
    EXPECT(arena_->End(slot_, &wiped));
    return wiped;
  }

  void ExpectWorks() override { EXPECT(arena_->idle()); }
  void ExpectUntouched(const Report& /*report*/) override {
    EXPECT(!arena_->idle());
    EXPECT_STATUS(sys::Prefault(data_, 1), {sys::Call::kPrefault, EFAULT});
    Slot* other = nullptr;
    EXPECT_OK(arena_->Allocate(home_.backing, length_, false, &other));
    EXPECT(other->data != data_);
    EXPECT(arena_->End(other));
  }
  void Finish(bool /*worked*/) override { arena_.reset(); }
  [[nodiscard]] Kept Keeps(const Report& report) const override {
    // A chunk goes with its arena, pages of its own do not.
    const bool own = length_ == kLong && report.site == Site::kMprotect;
    return {.memory = own ? WithGuards(sys::RoundUpToPages(kLong)) : 0, .for_good = own};
  }
  [[nodiscard]] bool Tolerates(Site site, int /*error*/) const override {
    return site == Site::kMprotect || site == Site::kMunmap;
  }

 private:
  Home home_;
  std::size_t length_;
  std::unique_ptr<Arena> arena_;
  Slot* slot_ = nullptr;
  std::byte* data_ = nullptr;
};

void CheckEndsSealed(const Home& home) {
  // A key is opened without a system call.
  if (home.sealing == sys::Sealing::kMprotect) {
    FailForEachLength<EndsSealed>("the end of a sealed secret", home);
  }
}

const Test kSealedSecret{"the end of sealed secrets, secret pages: each call refused", kMapsSecret,
                         [] { ForEachHome(Backing::kMemfdSecret, CheckEndsSealed); }};
const Test kSealedLocked{"the end of sealed secrets, locked pages: each call refused", kMapsLocked,
                         [] { ForEachHome(Backing::kMlock, CheckEndsSealed); }};

}  // namespace
}  // namespace memfd_secret::faults
