// Random operations on an arena, compared with a model after each.
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include "arena/arena.h"
#include "harness.h"
#include "process.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::Slot;
using sys::Backing;

class Fuzz {
 public:
  // most: secrets at a time. may_fail: the limit is small enough to be met.
  Fuzz(Backing backing, std::uint64_t seed, std::size_t most, bool may_fail)
      : backing_(backing), random_(seed), most_(most), may_fail_(may_fail) {}

  void Run(std::size_t operations, bool alone) {
    for (std::size_t i = 0; i < operations; ++i) {
      Step();
      ExpectStats();
      if (alone && i % 20'000 == 0) {
        ExpectCharge();
      }
    }
    while (!entries_.empty()) {
      entries_.back().ended ? DropOne(entries_.size() - 1, entries_.back().holds)
                            : EndOne(entries_.size() - 1);
      ExpectStats();
    }
    EXPECT(arena_.idle());
    EXPECT_EQUAL(arena_.stats().live + arena_.stats().quarantined, 0);
    EXPECT(arena_.stats().mapped <= kMebi);
    if (alone) {
      ExpectCharge();
    }
  }

  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  struct Entry {
    Slot* slot;
    std::byte* data;
    std::size_t length;
    std::size_t charged;
    unsigned char fill;
    bool own;
    bool ended;
    std::uint32_t holds;
  };

  void Step() {
    const std::size_t dice = random_.Below(100);
    const std::size_t which = entries_.empty() ? 0 : random_.Below(entries_.size());
    if (entries_.empty() || (dice < 45 && entries_.size() < most_)) {
      AllocateOne();
    } else if (dice < 55 && !entries_[which].ended) {
      const auto more = static_cast<std::uint32_t>(1 + random_.Below(2));
      Arena::Hold(entries_[which].slot, more);
      entries_[which].holds += more;
    } else if (entries_[which].ended) {
      // Late writes of what was in flight.
      std::memset(entries_[which].data, 0x77, entries_[which].length);
      DropOne(which, static_cast<std::uint32_t>(1 + random_.Below(entries_[which].holds)));
    } else if (dice < 60 && entries_[which].holds > 1) {
      DropOne(which, 1);
    } else {
      EndOne(which);
    }
  }

  std::size_t Length() {
    const std::size_t dice = random_.Below(20);
    if (dice < 12) {
      return 1 + random_.Below(64);
    }
    return 1 + random_.Below(dice < 19 ? arena::kLargestShared : 3 * sys::PageSize());
  }

  void AllocateOne() {
    Entry entry{};
    entry.length = Length();
    entry.own = random_.Below(50) == 0;
    const sys::Status status = arena_.Allocate(backing_, entry.length, entry.own, &entry.slot);
    if (!status.ok()) {
      ExpectLimit(status);
      ++refused_;
      return;
    }
    entry.own = entry.slot->block == nullptr;
    EXPECT(entry.own || entry.length <= arena::kLargestShared);
    entry.data = entry.slot->data;
    entry.charged = entry.slot->charged;
    entry.holds = 1;
    entry.fill = static_cast<unsigned char>(1 + random_.Below(255));
    EXPECT_EQUAL(reinterpret_cast<std::uintptr_t>(entry.data) % 16, 0);
    EXPECT_EQUAL(entry.slot->length, entry.length);
    EXPECT(entry.own || entry.charged >= entry.length + arena::kCanarySize);
    EXPECT(AllBytesAre(entry.data, entry.length, 0));
    Claim(entry);
    std::memset(entry.data, entry.fill, entry.length);
    live_ += entry.charged;
    own_ += entry.own ? entry.charged : 0;
    entries_.push_back(entry);
  }

  void ExpectLimit(const sys::Status& status) const {
    if (!may_fail_) {
      EXPECT_OK(status);
    }
    const bool at_mlock = status.call == sys::Call::kMlock && status.error == ENOMEM;
    EXPECT(backing_ == Backing::kMlock ? at_mlock : IsSecretLimit(status));
  }

  // Memory of a secret that is live or held belongs to nobody else.
  void Claim(const Entry& entry) {
    std::byte* from = entry.own ? entry.slot->mapping.pages : entry.data;
    const auto above = claimed_.lower_bound(from);
    EXPECT(above == claimed_.end() || from + entry.charged <= above->first);
    EXPECT(above == claimed_.begin() || std::prev(above)->second <= from);
    claimed_[from] = from + entry.charged;
  }

  void EndOne(std::size_t which) {
    Entry& entry = entries_[which];
    EXPECT(AllBytesAre(entry.data, entry.length, entry.fill));
    const bool spoil = random_.Below(16) == 0 && entry.data + entry.length < End(entry);
    if (spoil) {
      const auto room = static_cast<std::size_t>(End(entry) - entry.data) - entry.length;
      entry.data[entry.length + random_.Below(room)] ^= std::byte{1};
    }
    const bool held = entry.holds > 1;
    EXPECT_EQUAL(arena_.End(entry.slot), !spoil);
    live_ -= entry.charged;
    entry.ended = true;
    --entry.holds;
    if (!held) {
      Forget(which);
      return;
    }
    EXPECT(AllBytesAre(entry.data, entry.length, 0));
    if (entry.own) {
      // Replaced: charged no more.
      own_ -= entry.charged;
    } else {
      quarantined_ += entry.charged;
    }
  }

  static std::byte* End(const Entry& entry) {
    return entry.own ? entry.slot->mapping.pages + entry.slot->mapping.length
                     : entry.data + entry.charged;
  }

  void DropOne(std::size_t which, std::uint32_t holds) {
    Entry& entry = entries_[which];
    arena_.Drop(entry.slot, holds);
    entry.holds -= holds;
    if (entry.holds > 0) {
      return;
    }
    quarantined_ -= entry.own ? 0 : entry.charged;
    own_ += entry.own ? entry.charged : 0;
    Forget(which);
  }

  void Forget(std::size_t which) {
    const Entry& entry = entries_[which];
    own_ -= entry.own ? entry.charged : 0;
    auto claim = claimed_.upper_bound(entry.data);
    claimed_.erase(--claim);
    entries_[which] = entries_.back();
    entries_.pop_back();
  }

  void ExpectStats() const {
    EXPECT_EQUAL(arena_.stats().live, live_);
    EXPECT_EQUAL(arena_.stats().quarantined, quarantined_);
    EXPECT_EQUAL(arena_.stats().reserved, 0);
    EXPECT(arena_.stats().mapped >= live_ + quarantined_);
    EXPECT_EQUAL((arena_.stats().mapped - own_) % sys::PageSize(), 0);
    EXPECT_EQUAL(arena_.idle(), entries_.empty());
  }

  // The statistics' bytes are the kernel's.
  void ExpectCharge() const {
    if (kSanitized && backing_ == Backing::kMlock) {
      return;
    }
    EXPECT_EQUAL(arena_.stats().mapped,
                 backing_ == Backing::kMlock ? MeasureFootprint().locked : SecretBytes());
  }

  Backing backing_;
  Random random_;
  std::size_t most_;
  bool may_fail_;
  Arena arena_;
  std::vector<Entry> entries_;
  std::map<std::byte*, std::byte*> claimed_;
  std::size_t live_ = 0;
  std::size_t quarantined_ = 0;
  std::size_t own_ = 0;
  std::size_t refused_ = 0;
};

constexpr std::size_t kOperations = 200'000;
// Each allocation at the limit is several system calls, which an emulated machine takes long for.
constexpr unsigned kSeconds = 240;
constexpr Options kSmallSecret{
    .user = User::kAlone, .secret = true, .memlock = 128 * kKibi, .seconds = kSeconds};
constexpr Options kSmallLocked{
    .user = User::kAlone, .memlock = 128 * kKibi, .real_mlock = true, .seconds = kSeconds};

void RunFuzz(Backing backing, std::uint64_t seed, bool small) {
  Fuzz fuzz(backing, seed, small ? 400 : 1000, small);
  fuzz.Run(kOperations, true);
  EXPECT_EQUAL(fuzz.refused() > 0, small);
}

const Test kSecret{"200,000 random operations agree with a model: secret pages", kMapsSecret,
                   [] { RunFuzz(Backing::kMemfdSecret, 1, false); }};
const Test kLocked{"200,000 random operations agree with a model: locked pages", kMapsLocked,
                   [] { RunFuzz(Backing::kMlock, 2, false); }};
const Test kSecretLimit{"200,000 random operations at the limit agree with a model: secret pages",
                        kSmallSecret, [] { RunFuzz(Backing::kMemfdSecret, 3, true); }};
const Test kLockedLimit{"200,000 random operations at the limit agree with a model: locked pages",
                        kSmallLocked, [] { RunFuzz(Backing::kMlock, 4, true); }};

void CheckThreads() {
  for (const Backing backing : {Backing::kMemfdSecret, Backing::kMlock}) {
    std::vector<std::thread> threads;
    for (std::uint64_t seed = 5; seed < 7; ++seed) {
      threads.emplace_back([=] { Fuzz(backing, seed, 400, false).Run(50'000, false); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
}

const Test kThreads{"arenas of two threads do not touch each other", kMapsSecret, CheckThreads};

}  // namespace
}  // namespace memfd_secret::test
