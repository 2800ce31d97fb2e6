// How the arena grows, gives back, and behaves at the limit.
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "arena/arena.h"
#include "harness.h"
#include "process.h"
#include "sys/fork_mark.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::Slot;
using sys::Backing;

constexpr Backing kSecret = Backing::kMemfdSecret;
// The longest secret of a slot of half a block.
constexpr std::size_t kHalfBlock = 2048 - arena::kCanarySize;

static_assert(arena::kLargestShared == kHalfBlock);
static_assert(arena::ClassOf(1) == 0 && arena::ClassOf(16) == 0 && arena::ClassOf(17) == 1);
static_assert(arena::ClassOf(arena::kLargestShared) == arena::kClassCount - 1);

constexpr Options Limited(std::size_t limit) { return {.user = User::kAlone, .secret = true, .memlock = limit}; }

bool IsLimit(const sys::Status& status) {
  const bool at_mmap = status.call == sys::Call::kMmap && status.error == EAGAIN;
  const bool at_touch = status.call == sys::Call::kPrefault && status.error == EFAULT;
  return at_mmap || at_touch;
}

Slot* Take(Arena* arena, std::size_t length, Backing backing = kSecret) {
  Slot* slot = nullptr;
  EXPECT_OK(arena->Allocate(backing, length, false, &slot));
  return slot;
}

void Fill(Arena* arena, std::size_t length, std::vector<Slot*>* slots, Backing backing = kSecret) {
  for (Slot* slot = nullptr; arena->Allocate(backing, length, false, &slot).ok();) {
    slots->push_back(slot);
  }
}

void EndAll(Arena* arena, std::vector<Slot*>* slots) {
  for (Slot* slot : *slots) {
    EXPECT(arena->End(slot));
  }
  slots->clear();
}

const Test kClasses{"each length gets the smallest slot that holds it and its canary", {}, [] {
  for (std::size_t i = 0; i < arena::kClassCount; ++i) {
    EXPECT_EQUAL(arena::kSlotSizes[i] % 16, 0);
    EXPECT(i == 0 || arena::kSlotSizes[i] > arena::kSlotSizes[i - 1]);
  }
  for (std::size_t length = 1; length <= arena::kLargestShared; ++length) {
    const std::size_t found = arena::ClassOf(length);
    EXPECT(arena::kSlotSizes[found] >= length + arena::kCanarySize);
    EXPECT(found == 0 || arena::kSlotSizes[found - 1] < length + arena::kCanarySize);
  }
  // What a 32-byte key may cost.
  EXPECT(arena::kSlotSizes[arena::ClassOf(32)] <= 64);
}};

const Test kNothingFirst{"nothing is mapped before the first secret", kMapsSecret, [] {
  EXPECT_OK(sys::MarkOwner());
  const Footprint before = MeasureFootprint();
  {
    Arena arena;
    EXPECT(MeasureFootprint() == before);
    EXPECT_EQUAL(arena.stats().mapped, 0);
    EXPECT_EQUAL(SecretBytes(), 0);
    EXPECT(arena.idle());
    EXPECT(arena.WantedPressure() == arena::Pressure::kNone);
    Slot* slot = Take(&arena, 32);
    EXPECT_EQUAL(arena.stats().mapped, 16 * kKibi);
    EXPECT_EQUAL(SecretBytes(), 16 * kKibi);
    EXPECT_EQUAL(MeasureFootprint().descriptors, before.descriptors);
    EXPECT(arena.End(slot));
  }
  EXPECT(MeasureFootprint() == before);
}};

const Test kLengths{"lengths of 0 and beyond the longest are refused", kMapsSecret, [] {
  Arena arena;
  Slot* slot = nullptr;
  for (const std::size_t length : {std::size_t{0}, arena::kLongestSecret + 1, SIZE_MAX}) {
    EXPECT_STATUS(arena.Allocate(kSecret, length, false, &slot), {sys::Call::kMmap, EINVAL});
  }
  EXPECT(slot == nullptr);
  EXPECT(IsLimit(arena.Allocate(kSecret, arena::kLongestSecret, false, &slot)) || slot != nullptr);
}};

const Test kMany{"100,000 secrets of 32 bytes live at once in 8 MiB, as a user without privileges",
                 Limited(8 * kMebi), [] {
  Arena arena;
  std::vector<Slot*> slots;
  for (std::size_t i = 0; i < 100'000; ++i) {
    Slot* slot = Take(&arena, 32);
    EXPECT(AllBytesAre(slot->data, 32, 0));
    std::memcpy(slot->data, &i, sizeof i);
    slots.push_back(slot);
  }
  EXPECT_EQUAL(arena.stats().live, 4'800'000);
  EXPECT(arena.stats().mapped <= 8 * kMebi);
  EXPECT_EQUAL(SecretBytes(), arena.stats().mapped);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    EXPECT(std::memcmp(slots[i]->data, &i, sizeof i) == 0);
  }
  EndAll(&arena, &slots);
  EXPECT_EQUAL(arena.stats().live, 0);
  EXPECT_EQUAL(arena.stats().mapped, 16 * kKibi);
  EXPECT_EQUAL(SecretBytes(), 16 * kKibi);
}};

const Test kChunks{"chunks double from 16 KiB to 1 MiB, and all but the smallest go back", kMapsSecret, [] {
  Arena arena;
  std::vector<Slot*> slots;
  std::size_t mapped = 0;
  for (const std::size_t chunk : {16U, 32U, 64U, 128U, 256U, 512U, 1024U, 1024U, 1024U}) {
    mapped += chunk * kKibi;
    for (std::size_t i = 0; i < chunk * kKibi / 2048; ++i) {
      slots.push_back(Take(&arena, kHalfBlock));
      EXPECT_EQUAL(arena.stats().mapped, mapped);
    }
  }
  EXPECT_EQUAL(SecretBytes(), mapped);
  // In the order of their making: the first chunk, empty first, stays.
  EndAll(&arena, &slots);
  EXPECT_EQUAL(arena.stats().mapped, 16 * kKibi);
  EXPECT_EQUAL(SecretBytes(), 16 * kKibi);
  // One empty chunk serves one secret at a time, whatever its class.
  for (const std::size_t length : {32U, 100U, 1000U, 2000U}) {
    slots.push_back(Take(&arena, length));
    EXPECT_EQUAL(arena.stats().mapped, 16 * kKibi);
    EndAll(&arena, &slots);
  }
}};

const Test kChunksBackwards{"the smallest empty chunk is kept also when it is emptied last", kMapsSecret, [] {
  Arena arena;
  std::vector<Slot*> slots;
  for (std::size_t i = 0; i < 8 + 16 + 32; ++i) {
    slots.push_back(Take(&arena, kHalfBlock));
  }
  EXPECT_EQUAL(arena.stats().mapped, 112 * kKibi);
  while (!slots.empty()) {
    EXPECT(arena.End(slots.back()));
    slots.pop_back();
  }
  EXPECT_EQUAL(arena.stats().mapped, 16 * kKibi);
  EXPECT_EQUAL(SecretBytes(), 16 * kKibi);
}};

const Test kNearLimit{"near the limit chunks are halved until the last page is used", Limited(64 * kKibi), [] {
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
  EXPECT(IsLimit(arena.Allocate(kSecret, kHalfBlock, false, &slot)));
  EXPECT(IsLimit(arena.Allocate(kSecret, 5000, false, &slot)));
  EXPECT(IsLimit(arena.Allocate(kSecret, 1, true, &slot)));
  EXPECT((steps == std::vector<std::size_t>{16 * kKibi, 48 * kKibi, 64 * kKibi}));
  EXPECT_EQUAL(slots.size(), 32);
  EXPECT_EQUAL(arena.stats().live, 64 * kKibi);
  EXPECT(arena.End(slots.back()));
  slots.back() = Take(&arena, kHalfBlock);
  EndAll(&arena, &slots);
  EXPECT_EQUAL(arena.stats().mapped, 16 * kKibi);
  slot = nullptr;
  EXPECT_OK(arena.Allocate(kSecret, 40 * kKibi, false, &slot));
  EXPECT(arena.End(slot));
}};

const Test kTinyLimit{"a limit below the first chunk still gives its pages", Limited(8 * kKibi), [] {
  if (sys::PageSize() > 4 * kKibi) {
    Skip("needs pages of 4 KiB");
  }
  Arena arena;
  std::vector<Slot*> slots;
  Fill(&arena, 32, &slots);
  EXPECT_EQUAL(arena.stats().mapped, 8 * kKibi);
  EXPECT_EQUAL(slots.size(), 2 * (4096 / 48));
}};

const Test kNoPage{"a limit below one page is told and leaves nothing", Limited(4095), [] {
  EXPECT_OK(sys::MarkOwner());
  const Footprint before = MeasureFootprint();
  Arena arena;
  Slot* slot = nullptr;
  for (const bool own : {false, true}) {
    EXPECT(IsLimit(arena.Allocate(kSecret, 32, own, &slot)));
    EXPECT(slot == nullptr);
    EXPECT(arena.idle());
    EXPECT_EQUAL(arena.stats().mapped, 0);
    EXPECT(MeasureFootprint() == before);
  }
}};

const Test kLockedLimit{"locked pages at the limit: the last page is used, then ENOMEM",
                        {.user = User::kAlone, .memlock = 64 * kKibi}, [] {
  Arena arena;
  std::vector<Slot*> slots;
  Fill(&arena, kHalfBlock, &slots, Backing::kMlock);
  EXPECT_EQUAL(slots.size(), 32);
  EXPECT_EQUAL(MeasureFootprint().locked, 64 * kKibi);
  Slot* slot = nullptr;
  EXPECT_STATUS(arena.Allocate(Backing::kMlock, 32, false, &slot), {sys::Call::kMlock, ENOMEM});
  EndAll(&arena, &slots);
  slots.push_back(Take(&arena, 32, Backing::kMlock));
}};

const Test kNoDescriptor{"no descriptor to be had is told at once, and a free slot still served", kMapsSecret, [] {
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
}};

const Test kLargerSlot{"at the limit a larger free slot serves, watched to its end", Limited(16 * kKibi), [] {
  for (const std::size_t overrun : {std::size_t{0}, std::size_t{32}, std::size_t{1000}, std::size_t{2047}}) {
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
}};

const Test kReserve{"what is reserved is rounded up to pages and kept for good", kMapsSecret, [] {
  EXPECT_OK(sys::MarkOwner());
  const Footprint before = MeasureFootprint();
  const std::size_t rounded = sys::RoundUpToPages(100'000);
  {
    Arena arena;
    EXPECT_OK(arena.Reserve(kSecret, 100'000));
    EXPECT_EQUAL(arena.stats().reserved, rounded);
    EXPECT_EQUAL(arena.stats().mapped, rounded);
    EXPECT_EQUAL(SecretBytes(), rounded);
    EXPECT_OK(arena.Reserve(kSecret, rounded));
    EXPECT_OK(arena.Reserve(kSecret, 1));
    EXPECT_EQUAL(arena.stats().mapped, rounded);
    std::vector<Slot*> slots;
    while (arena.stats().mapped == rounded) {
      slots.push_back(Take(&arena, kHalfBlock));
    }
    EXPECT_EQUAL(slots.size(), rounded / 2048 + 1);
    EndAll(&arena, &slots);
    // The reserved chunk is the empty one that is kept.
    EXPECT_EQUAL(arena.stats().mapped, rounded);
    EXPECT_OK(arena.Reserve(kSecret, 3 * kMebi));
    EXPECT_EQUAL(arena.stats().reserved, 3 * kMebi);
    EXPECT_EQUAL(SecretBytes(), 3 * kMebi);
  }
  EXPECT(MeasureFootprint() == before);
}};

const Test kReserveLimit{"a reserve beyond the limit is told, and what came before it stays usable",
                         Limited(2 * kMebi), [] {
  Arena arena;
  EXPECT(IsLimit(arena.Reserve(kSecret, 3 * kMebi)));
  EXPECT_EQUAL(arena.stats().reserved, 2 * kMebi);
  EXPECT_EQUAL(SecretBytes(), arena.stats().mapped);
  EXPECT(arena.End(Take(&arena, 32)));
}};

}  // namespace
}  // namespace memfd_secret::test
