// A forked child has the arena's records and none of its pages: whatever it ends or drops, it must
// touch nothing.
#include <cstring>
#include <memory>

#include "arena/arena.h"
#include "harness.h"
#include "process.h"
#include "sys/fork_mark.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::Slot;
using sys::Backing;

void ExpectChildHarmless(Backing backing) {
  auto arena = std::make_unique<Arena>();
  Slot* shared = nullptr;
  Slot* held = nullptr;
  Slot* own = nullptr;
  Slot* own_held = nullptr;
  EXPECT_OK(arena->Allocate(backing, 32, false, &shared));
  EXPECT_OK(arena->Allocate(backing, 32, false, &held));
  EXPECT_OK(arena->Allocate(backing, 5000, true, &own));
  EXPECT_OK(arena->Allocate(backing, 5000, true, &own_held));
  for (Slot* slot : {shared, held, own, own_held}) {
    std::memset(slot->data, 0x5a, slot->length);
  }
  Arena::Hold(held, 2);
  Arena::Hold(own_held, 2);
  const auto end_all = [&] {
    EXPECT(arena->End(shared));
    EXPECT(arena->End(held));
    EXPECT(arena->End(own));
    EXPECT(arena->End(own_held));
    arena->Drop(held, 2);
    arena->Drop(own_held, 2);
    EXPECT_EQUAL(arena->stats().live + arena->stats().quarantined, 0);
    EXPECT(arena->idle());
    arena.reset();
  };
  InFork([&] {
    EXPECT(!sys::IsOwner());
    // What the child maps where the parent's pages were is the child's: an unmapping would take it.
    const Footprint before = MeasureFootprint();
    end_all();
    EXPECT(MeasureFootprint() == before);
  });
  for (const Slot* slot : {shared, held, own, own_held}) {
    EXPECT(AllBytesAre(slot->data, slot->length, 0x5a));
  }
  end_all();
}

const Test kSecret{
    "a forked child ends and drops without touching the parent's secrets: secret pages",
    kMapsSecret, [] { ExpectChildHarmless(Backing::kMemfdSecret); }};
const Test kLocked{
    "a forked child ends and drops without touching the parent's secrets: locked pages",
    kMapsLocked, [] { ExpectChildHarmless(Backing::kMlock); }};

}  // namespace
}  // namespace memfd_secret::test
