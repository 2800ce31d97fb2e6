// How the arena grows and gives back.
#include <cerrno>
#include <cstring>
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
static_assert(arena::kLargestShared == kHalfBlock);
static_assert(arena::ClassOf(1) == 0 && arena::ClassOf(16) == 0 && arena::ClassOf(17) == 1);
static_assert(arena::ClassOf(arena::kLargestShared) == arena::kClassCount - 1);

void CheckClasses() {
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
}

const Test kClasses{
    "each length gets the smallest slot that holds it and its canary", {}, CheckClasses};

void CheckNothingFirst() {
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
}

const Test kNothingFirst{"nothing is mapped before the first secret", kMapsSecret,
                         CheckNothingFirst};

void CheckLengths() {
  Arena arena;
  Slot* slot = nullptr;
  for (const std::size_t length : {std::size_t{0}, arena::kLongestSecret + 1, SIZE_MAX}) {
    EXPECT_STATUS(arena.Allocate(kSecret, length, false, &slot), {sys::Call::kMmap, EINVAL});
  }
  EXPECT(slot == nullptr);
  EXPECT(IsSecretLimit(arena.Allocate(kSecret, arena::kLongestSecret, false, &slot)) ||
         slot != nullptr);
}

const Test kLengths{"lengths of 0 and beyond the longest are refused", kMapsSecret, CheckLengths};

void CheckMany() {
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
  EXPECT_EQUAL(arena.stats().mapped, 256 * kKibi);
  EXPECT_EQUAL(SecretBytes(), 256 * kKibi);
}

const Test kMany{"100,000 secrets of 32 bytes live at once in 8 MiB, as a user without privileges",
                 {.user = User::kAlone, .secret = true, .memlock = 8 * kMebi},
                 CheckMany};

void CheckChunks() {
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
  // In the order of their making.
  EndAll(&arena, &slots);
  EXPECT_EQUAL(arena.stats().mapped, 256 * kKibi);
  EXPECT_EQUAL(SecretBytes(), 256 * kKibi);
  // One empty chunk serves one secret at a time, whatever its class.
  for (const std::size_t length : {32U, 100U, 1000U, 2000U}) {
    slots.push_back(Take(&arena, length));
    EXPECT_EQUAL(arena.stats().mapped, 256 * kKibi);
    EndAll(&arena, &slots);
  }
}

const Test kChunks{"chunks double from 16 KiB to 1 MiB, and all go back but one of 256 KiB",
                   kMapsSecret, CheckChunks};

// An arena that is alone keeps a larger one, where it never had more than two of them.
void CheckLargeSpare(std::size_t spare) {
  Arena arena;
  std::vector<Slot*> slots;
  while (arena.stats().mapped < (16 + 32 + 64 + 128 + 256 + 512) * kKibi) {
    slots.push_back(Take(&arena, kHalfBlock));
  }
  EndAll(&arena, &slots);
  EXPECT_EQUAL(arena.stats().mapped, spare);
}

const Test kLargeSpare{"of a MiB one chunk of 512 KiB stays, where that is a 16th of the limit",
                       {.secret = true, .memlock = 8 * kMebi},
                       [] { CheckLargeSpare(512 * kKibi); }};

const Test kSmallSpare{"of a MiB one chunk of 256 KiB stays, where 512 are more than a 16th",
                       {.secret = true, .memlock = 6 * kMebi},
                       [] { CheckLargeSpare(256 * kKibi); }};

// Where each smaller chunk has a secret in it.
void CheckTooLargeSpares() {
  Arena arena;
  std::vector<Slot*> chunks[7];
  std::size_t mapped = 0;
  for (std::size_t i = 0; i < 7; ++i) {
    mapped += (16 * kKibi) << i;
    do {
      chunks[i].push_back(Take(&arena, kHalfBlock));
    } while (chunks[i].size() < ((16 * kKibi) << i) / 2048);
    EXPECT_EQUAL(arena.stats().mapped, mapped);
  }
  EndAll(&arena, &chunks[6]);
  EXPECT_EQUAL(arena.stats().mapped, mapped);
  EndAll(&arena, &chunks[5]);
  EXPECT_EQUAL(arena.stats().mapped, mapped - kMebi);
  for (std::vector<Slot*>& slots : chunks) {
    EndAll(&arena, &slots);
  }
  EXPECT_EQUAL(arena.stats().mapped, 256 * kKibi);
}

const Test kTooLargeSpares{"of two empty chunks that are too large to stay, the smaller stays",
                           {.secret = true, .memlock = 6 * kMebi},
                           CheckTooLargeSpares};

void CheckChunksBackwards() {
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
  EXPECT_EQUAL(arena.stats().mapped, 64 * kKibi);
  EXPECT_EQUAL(SecretBytes(), 64 * kKibi);
}

const Test kChunksBackwards{"the larger of two empty chunks is kept, whichever is emptied last",
                            kMapsSecret, CheckChunksBackwards};

void CheckGrowsAlike() {
  Arena arena;
  std::vector<Slot*> slots;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < 8 + 16; ++i) {
      slots.push_back(Take(&arena, kHalfBlock));
    }
    EXPECT(arena.stats().mapped <= (32 + 64) * kKibi);
    EndAll(&arena, &slots);
  }
  // It ends with one chunk that all fit in, and maps none any more.
  EXPECT_EQUAL(arena.stats().mapped, 64 * kKibi);
}

const Test kGrowsAlike{"what grows again after it gave back takes no more than before", kMapsSecret,
                       CheckGrowsAlike};

void CheckSpares() {
  Arena arena;
  Slot* slot = Take(&arena, 32);
  EXPECT(!arena.GiveBackSpares());
  EXPECT(arena.End(slot));
  EXPECT(arena.GiveBackSpares());
  EXPECT_EQUAL(arena.stats().mapped, 0);
  EXPECT_EQUAL(SecretBytes(), 0);
  EXPECT_OK(arena.Reserve(kSecret, 32 * kKibi));
  EXPECT(!arena.GiveBackSpares());
  EXPECT(arena.End(Take(&arena, 32)));
  EXPECT_EQUAL(SecretBytes(), 32 * kKibi);
}

const Test kSpares{
    "the empty chunk that is kept goes back where another needs room, a reserved never",
    kMapsSecret, CheckSpares};

// mprotect(2) opens all of a mapping.
void CheckMprotectedChunks() {
  Arena arena(nullptr, sys::Sealing::kMprotect);
  EXPECT_OK(arena.Reserve(kSecret, 200 * kKibi));
  std::vector<Slot*> slots;
  for (std::size_t i = 0; i < 500; ++i) {
    slots.push_back(Take(&arena, kHalfBlock));
    EXPECT(slots.back()->block->chunk->mapping.length <= 64 * kKibi);
  }
  EndAll(&arena, &slots);
}

const Test kMprotectedChunks{"no more than 64 KiB are opened for one secret by mprotect",
                             kMapsSecret, CheckMprotectedChunks};

void CheckReserve() {
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
    // Empty, and others are empty too; still none of them goes back.
    EXPECT(arena.End(Take(&arena, 32)));
    EXPECT_EQUAL(arena.stats().reserved, 3 * kMebi);
    EXPECT_EQUAL(SecretBytes(), 3 * kMebi);
  }
  EXPECT(MeasureFootprint() == before);
}

const Test kReserve{"what is reserved is rounded up to pages and kept for good", kMapsSecret,
                    CheckReserve};

}  // namespace
}  // namespace memfd_secret::test
