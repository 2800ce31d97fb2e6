// A use of a sealed secret: the copy that a view looks at, and what is written back.
#include <cstring>

#include "arena/open_copy.h"
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

class UsesSealed : public InArena {
 public:
  UsesSealed(const Home& home, std::size_t length) : InArena(home, false), length_(length) {}

  void PrepareMore() override {
    EXPECT_OK(arena().Allocate(home().backing, length_, false, &slot_));
    Write(slot_);
  }

  Status Act() override {
    Slot* copy = nullptr;
    const Status made = arena::MakeOpenCopy(&open_, home().backing, slot_, &copy);
    if (!made.ok()) {
      return made;
    }
    std::byte* bytes = arena::OpenBytes(*copy, length_);
    EXPECT_EQUAL(std::memcmp(bytes, kMarker, kMarkerSize), 0);
    bytes[0] ^= kChange;
    bytes[length_ - 1] ^= kChange;
    const Status written = arena::WriteBack(*copy, slot_);
    EXPECT(open_.End(copy));
    return written;
  }

  void ExpectWorks() override {
    InArena::ExpectWorks();
    Slot* copy = nullptr;
    EXPECT_OK(arena::MakeOpenCopy(&open_, home().backing, slot_, &copy));
    std::byte* bytes = arena::OpenBytes(*copy, length_);
    bytes[0] ^= kChange;
    bytes[length_ - 1] ^= kChange;
    EXPECT_OK(arena::WriteBack(*copy, slot_));
    EXPECT(open_.End(copy));
    ExpectWritten(slot_);
  }
  // Neither byte, or both: never half of what was changed.
  void ExpectUntouched(const Report& report) override {
    InArena::ExpectUntouched(report);
    ExpectWritten(slot_);
    EXPECT(open_.idle());
  }
  void FinishMore(bool /*worked*/) override { EXPECT(arena().End(slot_)); }
  [[nodiscard]] bool grows() const override { return length_ < kLong; }
  [[nodiscard]] bool Tolerates(Site site, int error) const override {
    return InArena::Tolerates(site, error) || site == Site::kMunmap;
  }
  [[nodiscard]] Kept Keeps(const Report& /*report*/) const override {
    // The arena of the copies keeps its first chunk, and the records of a block that served once.
    return {.memory = grows() ? kFirstChunk + 2 * sys::PageSize() : 0};
  }

 private:
  static constexpr std::byte kChange{0x55};

  std::size_t length_;
  Arena open_;
  Slot* slot_ = nullptr;
};

void Check(const Home& home) {
  if (home.sealed()) {
    FailForEachLength<UsesSealed>("a use of a sealed secret", home);
  }
}

const Test kSecret{"uses of sealed secrets, secret pages: each call refused", kMapsSecret,
                   [] { ForEachHome(Backing::kMemfdSecret, Check); }};
const Test kLocked{"uses of sealed secrets, locked pages: each call refused", kMapsLocked,
                   [] { ForEachHome(Backing::kMlock, Check); }};

}  // namespace
}  // namespace memfd_secret::faults
