// What a use of a sealed secret looks at: a copy in open memory.
#include <cstdint>
#include <cstring>

#include "arena/arena.h"
#include "arena/open_copy.h"
#include "arena/opened_slot.h"
#include "arena/shared_secret.h"
#include "arena_use.h"
#include "harness.h"
#include "process.h"
#include "sealed_use.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::OpenedSlot;
using arena::Slot;
using sys::Backing;
using sys::Sealing;

void CheckCopy(Sealing sealing, std::size_t length) {
  Arena sealed(nullptr, sealing);
  Arena open;
  Slot* slot = Take(&sealed, length);
  FillWith(slot, 0x5a);
  Slot* copy = nullptr;
  EXPECT_OK(arena::MakeOpenCopy(&open, Backing::kMemfdSecret, slot, &copy));
  ExpectClosed(*slot, sealing);
  std::byte* bytes = arena::OpenBytes(*copy, length);
  EXPECT_EQUAL(reinterpret_cast<std::uintptr_t>(bytes) % 16, 0);
  EXPECT(AllBytesAre(bytes, length, 0x5a));

  // Only what was changed goes back, over what was written meanwhile.
  bytes[1] = std::byte{1};
  FillWith(slot, 0x66);
  EXPECT_OK(arena::WriteBack(*copy, slot));
  ExpectClosed(*slot, sealing);
  {
    const OpenedSlot opened(slot);
    EXPECT((slot->data[1] == std::byte{1}));
    slot->data[1] = std::byte{0x66};
    EXPECT(AllBytesAre(slot->data, length, 0x66));
  }
  // Its canary lies behind the copy, not behind what the copy was made of.
  bytes[length] ^= std::byte{1};
  EXPECT(!open.End(copy));
  EXPECT(sealed.End(slot));
}

const Test kCopy{"a use looks at a copy, and what it changed is written back", kMapsSecret,
                 [] { WithEach(CheckCopy); }};

void CheckIsolatedCopy(Sealing sealing, std::size_t length) {
  Arena sealed(nullptr, sealing);
  Arena other(nullptr, sealing);
  Arena open;
  Slot* slot = nullptr;
  EXPECT_OK(sealed.Allocate(Backing::kMemfdSecret, length, true, &slot));
  arena::ShareId id;
  bool intact = false;
  EXPECT_OK(sealed.Share(Backing::kMemfdSecret, &slot, &id, &intact));
  Slot* holder = nullptr;
  EXPECT_OK(other.Open(id, &holder));
  for (Slot* isolated : {slot, holder}) {
    Slot* copy = nullptr;
    EXPECT_OK(arena::MakeOpenCopy(&open, Backing::kMemfdSecret, isolated, &copy));
    EXPECT(copy->block == nullptr);
    EXPECT(open.End(copy));
  }
  EXPECT(other.End(holder));
  EXPECT(sealed.End(slot));
}

const Test kIsolatedCopy{"the copy of an isolated secret is isolated too, whoever holds it",
                         kMapsSecret, [] { WithEach(CheckIsolatedCopy); }};

void CheckUnderrun(Sealing sealing, std::size_t length) {
  for (const bool isolated : {false, true}) {
    for (std::size_t distance = 1; distance <= arena::kCanarySize; ++distance) {
      Arena sealed(nullptr, sealing);
      Arena open;
      Slot* slot = nullptr;
      EXPECT_OK(sealed.Allocate(Backing::kMemfdSecret, length, isolated, &slot));
      Slot* copy = nullptr;
      EXPECT_OK(arena::MakeOpenCopy(&open, Backing::kMemfdSecret, slot, &copy));
      EXPECT(open.Intact(*copy));
      arena::OpenBytes(*copy, length)[-static_cast<std::ptrdiff_t>(distance)] ^= std::byte{1};
      EXPECT(!open.Intact(*copy));
      EXPECT(!open.End(copy));
      // The slot that was a copy's serves another without that canary.
      Slot* next = Take(&open, length);
      std::memset(next->data, 1, length);
      EXPECT(open.End(next));
      EXPECT(sealed.End(slot));
    }
  }
}

const Test kUnderrun{"what was written before the copy that a use looks at is found", kMapsSecret,
                     [] { WithEach(CheckUnderrun); }};

}  // namespace
}  // namespace memfd_secret::test
