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
    kMapsSecret, CheckLow};

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

const Test kRearmed{"once enough is free again the next press is a soft one", kMapsSecret,
                    CheckRearmed};

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
