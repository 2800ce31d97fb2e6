// The arena at the limit: the last page is used, the failure is told, and it works again.
#include <sys/resource.h>

#include <cerrno>
#include <vector>

#include "arena_use.h"
#include "harness.h"
#include "process.h"
#include "sys/fork_mark.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::Slot;
using sys::Backing;

constexpr Backing kSecret = Backing::kMemfdSecret;

constexpr Options Limited(std::size_t limit) {
  return {.user = User::kAlone, .secret = true, .memlock = limit};
}

void CheckNearLimit() {
  Arena arena;
  std::vector<Slot*> slots;
  std::vector<std::size_t> steps;
  Slot* slot = nullptr;
  while (arena.Allocate(kSecret, kHalfBlock, false, &slot).ok()) {
    slots.push_back(slot);
    if (steps.empty() || steps.back() != arena.stats().mapped) {
      steps.push_back(arena.stats().mapped);
    }
  }
  EXPECT(IsSecretLimit(arena.Allocate(kSecret, kHalfBlock, false, &slot)));
  EXPECT(IsSecretLimit(arena.Allocate(kSecret, 5000, false, &slot)));
  EXPECT(IsSecretLimit(arena.Allocate(kSecret, 1, true, &slot)));
  EXPECT((steps == std::vector<std::size_t>{16 * kKibi, 48 * kKibi, 64 * kKibi}));
  EXPECT_EQUAL(slots.size(), 32);
  EXPECT_EQUAL(arena.stats().live, 64 * kKibi);
  EXPECT(arena.End(slots.back()));
  slots.back() = Take(&arena, kHalfBlock);
  EndAll(&arena, &slots);
  EXPECT_EQUAL(arena.stats().mapped, 32 * kKibi);
  slot = nullptr;
  EXPECT(IsSecretLimit(arena.Allocate(kSecret, 40 * kKibi, false, &slot)));
  EXPECT(arena.GiveBackSpares());
  EXPECT_OK(arena.Allocate(kSecret, 40 * kKibi, false, &slot));
  EXPECT(arena.End(slot));
}

const Test kNearLimit{"near the limit chunks are halved until the last page is used",
                      Limited(64 * kKibi), CheckNearLimit};

void CheckTinyLimit() {
  if (sys::PageSize() > 4 * kKibi) {
    Skip("needs pages of 4 KiB");
  }
  Arena arena;
  std::vector<Slot*> slots;
  Fill(&arena, 32, &slots);
  EXPECT_EQUAL(arena.stats().mapped, 8 * kKibi);
  EXPECT_EQUAL(slots.size(), 2 * (4096 / 48));
}

const Test kTinyLimit{"a limit below the first chunk still gives its pages", Limited(8 * kKibi),
                      CheckTinyLimit};

void CheckNoPage() {
  EXPECT_OK(sys::MarkOwner());
  const Footprint before = MeasureFootprint();
  Arena arena;
  Slot* slot = nullptr;
  for (const bool own : {false, true}) {
    EXPECT(IsSecretLimit(arena.Allocate(kSecret, 32, own, &slot)));
    EXPECT(slot == nullptr);
    EXPECT(arena.idle());
    EXPECT_EQUAL(arena.stats().mapped, 0);
    EXPECT(MeasureFootprint() == before);
  }
}

const Test kNoPage{"a limit below one page is told and leaves nothing", Limited(4095), CheckNoPage};

void CheckLockedLimit() {
  Arena arena;
  std::vector<Slot*> slots;
  Fill(&arena, kHalfBlock, &slots, Backing::kMlock);
  EXPECT_EQUAL(slots.size(), 32);
  EXPECT_EQUAL(MeasureFootprint().locked, 64 * kKibi);
  Slot* slot = nullptr;
  EXPECT_STATUS(arena.Allocate(Backing::kMlock, 32, false, &slot), {sys::Call::kMlock, ENOMEM});
  EndAll(&arena, &slots);
  slots.push_back(Take(&arena, 32, Backing::kMlock));
}

const Test kLockedLimit{"locked pages at the limit: the last page is used, then ENOMEM",
                        {.user = User::kAlone, .memlock = 64 * kKibi, .real_mlock = true},
                        CheckLockedLimit};

void CheckNoDescriptor() {
  Arena arena;
  std::vector<Slot*> slots;
  slots.push_back(Take(&arena, kHalfBlock));
  SetSoftLimit(RLIMIT_NOFILE, 0);
  for (int i = 1; i < 8; ++i) {
    slots.push_back(Take(&arena, kHalfBlock));
  }
  Slot* slot = nullptr;
  EXPECT_STATUS(arena.Allocate(kSecret, 32, false, &slot), {sys::Call::kMemfdSecret, EMFILE});
  EXPECT_STATUS(arena.Allocate(kSecret, 32, true, &slot), {sys::Call::kMemfdSecret, EMFILE});
  SetSoftLimit(RLIMIT_NOFILE, 64);
  slots.push_back(Take(&arena, 32));
  EndAll(&arena, &slots);
}

const Test kNoDescriptor{"no descriptor to be had is told at once, and a free slot still served",
                         kMapsSecret, CheckNoDescriptor};

void CheckLargerSlot() {
  for (const std::size_t overrun :
       {std::size_t{0}, std::size_t{32}, std::size_t{1000}, std::size_t{2047}}) {
    Arena arena;
    std::vector<Slot*> slots;
    Fill(&arena, kHalfBlock, &slots);
    EXPECT_EQUAL(slots.size(), 8);
    std::byte* freed = slots.back()->data;
    EXPECT(arena.End(slots.back()));
    slots.pop_back();
    Slot* slot = Take(&arena, 32);
    EXPECT(slot->data == freed);
    EXPECT_EQUAL(slot->length, 32);
    EXPECT_EQUAL(slot->charged, 2048);
    EXPECT_EQUAL(arena.stats().live, 16 * kKibi);
    EXPECT(AllBytesAre(slot->data, 32, 0));
    slot->data[overrun] ^= std::byte{1};
    EXPECT_EQUAL(arena.End(slot), overrun < 32);
    EndAll(&arena, &slots);
  }
}

const Test kLargerSlot{"at the limit a larger free slot serves, watched to its end",
                       Limited(16 * kKibi), CheckLargerSlot};

void CheckReserveLimit() {
  Arena arena;
  EXPECT_OK(arena.Reserve(kSecret, kMebi));
  EXPECT(IsSecretLimit(arena.Reserve(kSecret, 3 * kMebi)));
  EXPECT_EQUAL(arena.stats().reserved, kMebi);
  EXPECT_EQUAL(SecretBytes(), kMebi);
  EXPECT(arena.End(Take(&arena, 32)));
}

const Test kReserveLimit{"a reserve beyond the limit is told and leaves what was reserved before",
                         Limited(2 * kMebi), CheckReserveLimit};

}  // namespace
}  // namespace memfd_secret::test
