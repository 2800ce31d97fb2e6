// When the garbage collector is pressed, since dropped views keep wiped slots from reuse.
#include <vector>

#include "arena/arena.h"
#include "harness.h"
#include "process.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::Pressure;
using arena::Slot;

// The first chunk, 16 KiB, full of 340 slots of 48 bytes. Low water is one block, 4,096 bytes; a
// quarter of it, 1,024, arms again: 22 slots.
constexpr std::size_t kFull = 340;
constexpr Options kOneChunk{.user = User::kAlone, .secret = true, .memlock = 16 * kKibi};
// The first chunk is more than the 16th of it that is given out before anybody is pressed.
constexpr Options kSmallLimit{.secret = true, .memlock = 64 * kKibi};

sys::Status Take(Arena* arena, Slot** slot) {
  return arena->Allocate(sys::Backing::kMemfdSecret, 32, false, slot);
}

std::vector<Slot*> Fill(Arena* arena) {
  std::vector<Slot*> slots(kFull);
  for (Slot*& slot : slots) {
    EXPECT_OK(Take(arena, &slot));
    EXPECT(arena->WantedPressure() == Pressure::kNone);
  }
  EXPECT_EQUAL(arena->stats().mapped, 16 * kKibi);
  return slots;
}

// Ends the first count secrets, as held by views nobody has collected yet.
void EndHeld(Arena* arena, const std::vector<Slot*>& slots, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Arena::Hold(slots[i], 2);
    EXPECT(arena->End(slots[i]));
  }
}

void CheckLive() {
  Arena arena;
  const std::vector<Slot*> slots = Fill(&arena);
  Slot* more = nullptr;
  EXPECT(!Take(&arena, &more).ok());
  EXPECT(arena.WantedPressure() == Pressure::kNone);
}

const Test kLive{"secrets that are all live press nobody, also at the limit", kOneChunk, CheckLive};

void CheckLow() {
  Arena arena;
  const std::vector<Slot*> slots = Fill(&arena);
  // 85 slots of 48 bytes are less than a block.
  EndHeld(&arena, slots, 85);
  EXPECT(arena.WantedPressure() == Pressure::kNone);
  EndHeld(&arena, {slots.begin() + 85, slots.end()}, 65);
  EXPECT(arena.WantedPressure() == Pressure::kSome);
  EXPECT(arena.WantedPressure() == Pressure::kNone);
  for (int press = 0; press < 2; ++press) {
    // The collector gave back a few.
    for (std::size_t i = 0; i < 22; ++i) {
      arena.Drop(slots[press * 22U + i], 2);
    }
    for (std::size_t i = 0; i < 22; ++i) {
      EXPECT(arena.WantedPressure() == Pressure::kNone);
      Slot* slot = nullptr;
      EXPECT_OK(Take(&arena, &slot));
    }
    EXPECT_EQUAL(arena.stats().mapped, 16 * kKibi);
    EXPECT(arena.WantedPressure() == Pressure::kMost);
    EXPECT(arena.WantedPressure() == Pressure::kNone);
  }
}

const Test kLow{
    "few free slots press once they wait, the hardest the second time, and again after more",
    kSmallLimit, CheckLow};

void CheckRearmed() {
  Arena arena;
  const std::vector<Slot*> slots = Fill(&arena);
  EndHeld(&arena, slots, 150);
  EXPECT(arena.WantedPressure() == Pressure::kSome);
  for (std::size_t i = 0; i < 150; ++i) {
    arena.Drop(slots[i], 2);
  }
  EXPECT(arena.WantedPressure() == Pressure::kNone);
  std::vector<Slot*> again(150);
  for (Slot*& slot : again) {
    EXPECT_OK(Take(&arena, &slot));
  }
  EndHeld(&arena, again, 150);
  EXPECT(arena.WantedPressure() == Pressure::kSome);
}

const Test kRearmed{"once enough is free again the next press is a soft one", kSmallLimit,
                    CheckRearmed};

// What the arena has mapped when it first presses, where nothing that was ended comes back.
std::size_t MappedAtPress(Arena* arena) {
  while (arena->stats().mapped < 2 * kMebi) {
    Slot* slot = nullptr;
    EXPECT_OK(Take(arena, &slot));
    Arena::Hold(slot, 2);
    EXPECT(arena->End(slot));
    if (arena->WantedPressure() != Pressure::kNone) {
      break;
    }
  }
  return arena->stats().mapped;
}

void CheckRoomToGrow() {
  Arena arena;
  EXPECT_EQUAL(MappedAtPress(&arena), (16 + 32 + 64 + 128 + 256 + 512) * kKibi);
  // The room is one for all environments.
  Arena other;
  EXPECT_EQUAL(MappedAtPress(&other), 16 * kKibi);
}

const Test kRoomToGrow{"nobody is pressed while all have less than the 16th part of a limit",
                       {.secret = true, .memlock = 8 * kMebi},
                       CheckRoomToGrow};

void CheckAtLimit() {
  Arena arena;
  const std::vector<Slot*> slots = Fill(&arena);
  EndHeld(&arena, slots, 1);
  EXPECT(arena.WantedPressure() == Pressure::kNone);
  Slot* more = nullptr;
  EXPECT(!Take(&arena, &more).ok());
  EXPECT(arena.WantedPressure() == Pressure::kMost);
  EXPECT(arena.WantedPressure() == Pressure::kNone);
  EXPECT(!Take(&arena, &more).ok());
  EXPECT(arena.WantedPressure() == Pressure::kMost);
  arena.Drop(slots[0], 2);
  EXPECT_OK(Take(&arena, &more));
  EXPECT(arena.WantedPressure() == Pressure::kNone);
}

const Test kAtLimit{"a limit met while one secret waits presses the hardest at once", kOneChunk,
                    CheckAtLimit};

void CheckOwnAtLimit() {
  Arena arena;
  const std::vector<Slot*> slots = Fill(&arena);
  EndHeld(&arena, slots, 1);
  Slot* more = nullptr;
  EXPECT(!arena.Allocate(sys::Backing::kMemfdSecret, 5000, false, &more).ok());
  EXPECT(arena.WantedPressure() == Pressure::kMost);
}

const Test kOwnAtLimit{"a limit met by a mapping of its own presses too", kOneChunk,
                       CheckOwnAtLimit};

}  // namespace
}  // namespace memfd_secret::test
