// One secret's life: zeroed, watched by canaries, ended, held, reused.
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "arena/arena.h"
#include "harness.h"
#include "process.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::ArenaStats;
using arena::Slot;
using sys::Backing;

Slot* Take(Arena* arena, std::size_t length, bool own = false,
           Backing backing = Backing::kMemfdSecret) {
  Slot* slot = nullptr;
  EXPECT_OK(arena->Allocate(backing, length, own, &slot));
  EXPECT_EQUAL(slot->length, length);
  EXPECT_EQUAL(slot->holds, 1);
  EXPECT(!slot->ended);
  EXPECT_EQUAL(reinterpret_cast<std::uintptr_t>(slot->data) % 16, 0);
  EXPECT(AllBytesAre(slot->data, length, 0));
  return slot;
}

void ExpectStats(const Arena& arena, const ArenaStats& expected) {
  EXPECT_EQUAL(arena.stats().mapped, expected.mapped);
  EXPECT_EQUAL(arena.stats().live, expected.live);
  EXPECT_EQUAL(arena.stats().quarantined, expected.quarantined);
  EXPECT_EQUAL(arena.stats().reserved, expected.reserved);
}

constexpr unsigned kReplacement = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;

// Flips a byte relative to the secret's first, ends it, and answers whether the arena found it
// whole. A hold keeps the memory, so that it can be seen to be wiped.
bool EndSpoilt(Arena* arena, Slot* slot, std::ptrdiff_t at) {
  slot->data[at] ^= std::byte{0x80};
  std::memset(slot->data, 0x5a, slot->length);
  Arena::Hold(slot, 1);
  const bool intact = arena->End(slot);
  EXPECT(AllBytesAre(slot->data, slot->length, 0));
  EXPECT((slot->data[at] == std::byte{0}));
  arena->Drop(slot, 1);
  return intact;
}

void CheckOwner() {
  int owner = 0;
  Arena arena(&owner);
  for (const bool own : {false, true}) {
    Slot* slot = Take(&arena, 32, own);
    EXPECT(slot->owner == &owner);
    EXPECT(arena.End(slot));
  }
}

const Test kOwner{"a slot names its arena's owner", kMapsSecret, CheckOwner};

void CheckShort() {
  Arena arena;
  Slot* below = Take(&arena, 32);
  Slot* neighbour = nullptr;
  for (const std::size_t length : {1U, 16U, 31U, 32U}) {
    Slot* probe = Take(&arena, length);
    const auto charged = static_cast<std::ptrdiff_t>(probe->charged);
    EXPECT(arena.End(probe));
    for (auto at = static_cast<std::ptrdiff_t>(length); at < charged; ++at) {
      EXPECT(!EndSpoilt(&arena, Take(&arena, length), at));
    }
    EXPECT(EndSpoilt(&arena, Take(&arena, length), static_cast<std::ptrdiff_t>(length) - 1));
  }
  // Its neighbours keep their bytes and their canaries.
  std::memset(below->data, 0x11, 32);
  Slot* middle = Take(&arena, 32);
  neighbour = Take(&arena, 32);
  std::memset(neighbour->data, 0x22, 32);
  EXPECT(!EndSpoilt(&arena, middle, 47));
  EXPECT(AllBytesAre(below->data, 32, 0x11));
  EXPECT(AllBytesAre(neighbour->data, 32, 0x22));
  EXPECT(arena.End(below));
  EXPECT(arena.End(neighbour));
}

const Test kShort{"an overrun of a shared slot is found at each byte of its canary", kMapsSecret,
                  CheckShort};

void CheckOwnCanary() {
  Arena arena;
  for (const std::size_t length :
       {std::size_t{1}, std::size_t{33}, std::size_t{5000}, std::size_t{8170}}) {
    const std::ptrdiff_t end = static_cast<std::ptrdiff_t>((length + 15) / 16 * 16);
    for (auto at = static_cast<std::ptrdiff_t>(length); at < end; ++at) {
      EXPECT(!EndSpoilt(&arena, Take(&arena, length, true), at));
    }
    for (std::ptrdiff_t at = -16; at < 0; ++at) {
      EXPECT(!EndSpoilt(&arena, Take(&arena, length, true), at));
    }
    EXPECT(EndSpoilt(&arena, Take(&arena, length, true), 0));
  }
  ExpectStats(arena, {});
}

const Test kOwnCanary{"an overrun and an underrun of a mapping of its own are found", kMapsSecret,
                      CheckOwnCanary};

void CheckOwnEnd() {
  const auto page = static_cast<std::ptrdiff_t>(sys::PageSize());
  Arena arena;
  for (const std::ptrdiff_t length : {page, page - 16, 2 * page, 3 * page - 1, std::ptrdiff_t{1}}) {
    Slot* slot = Take(&arena, static_cast<std::size_t>(length), true);
    std::byte* guard = slot->data + (length + 15) / 16 * 16;
    EXPECT_EQUAL(RegionAt(guard - 1).to, reinterpret_cast<std::uintptr_t>(guard));
    const Death death = DeathOf([=] { *const_cast<volatile std::byte*>(guard) = std::byte{1}; });
    EXPECT_EQUAL(death.signal, SIGSEGV);
    EXPECT_EQUAL(death.code, SEGV_ACCERR);
    EXPECT(arena.End(slot));
  }
}

const Test kOwnEnd{"a mapping of its own ends at the guard page", kMapsSecret, CheckOwnEnd};

void CheckCanaries() {
  Arena first;
  Arena second;
  Slot* one = Take(&first, 32);
  Slot* other = Take(&second, 32);
  EXPECT(std::memcmp(one->data + 32, other->data + 32, 16) != 0);
  EXPECT(!AllBytesAre(one->data + 32, 16, 0));
  EXPECT(first.End(one));
  EXPECT(second.End(other));
}

const Test kCanaries{"each arena has a canary of its own", kMapsSecret, CheckCanaries};

void CheckStats() {
  const std::size_t page = sys::PageSize();
  Arena arena;
  const std::size_t chunk = sys::RoundUpToPages(16 * kKibi);
  Slot* small = Take(&arena, 32);
  ExpectStats(arena, {.mapped = chunk, .live = 48});
  Slot* medium = Take(&arena, 100);
  ExpectStats(arena, {.mapped = chunk, .live = 48 + 128});
  Slot* own = Take(&arena, 10, true);
  ExpectStats(arena, {.mapped = chunk + page, .live = 48 + 128 + page});
  Slot* large = Take(&arena, 3 * page);
  ExpectStats(arena, {.mapped = chunk + 4 * page, .live = 48 + 128 + 4 * page});
  EXPECT(!arena.idle());
  Arena::Hold(small, 2);
  EXPECT_EQUAL(small->holds, 3);
  EXPECT(arena.End(small));
  EXPECT(small->ended);
  EXPECT_EQUAL(small->holds, 2);
  ExpectStats(arena, {.mapped = chunk + 4 * page, .live = 128 + 4 * page, .quarantined = 48});
  arena.Drop(small, 1);
  ExpectStats(arena, {.mapped = chunk + 4 * page, .live = 128 + 4 * page, .quarantined = 48});
  arena.Drop(small, 1);
  ExpectStats(arena, {.mapped = chunk + 4 * page, .live = 128 + 4 * page});
  // Replaced by zero pages: neither charged nor in quarantine, though still held.
  Arena::Hold(large, 2);
  EXPECT(arena.End(large));
  ExpectStats(arena, {.mapped = chunk + page, .live = 128 + page});
  EXPECT(arena.End(own));
  ExpectStats(arena, {.mapped = chunk, .live = 128});
  EXPECT(arena.End(medium));
  ExpectStats(arena, {.mapped = chunk});
  EXPECT(!arena.idle());
  arena.Drop(large, 2);
  ExpectStats(arena, {.mapped = chunk});
  EXPECT(arena.idle());
}

const Test kStats{"the statistics are exact after each step and end at zero", kMapsSecret,
                  CheckStats};

void ExpectQuarantine(Backing backing) {
  Arena arena;
  Slot* neighbour = Take(&arena, 32, false, backing);
  Slot* slot = Take(&arena, 20, false, backing);
  std::byte* const memory = slot->data;
  std::memset(memory, 0x5a, 20);
  Arena::Hold(slot, 2);
  EXPECT(arena.End(slot));
  EXPECT(AllBytesAre(memory, 48, 0));
  // More than the whole chunk: none of these may be the slot.
  std::vector<Slot*> others;
  for (int i = 0; i < 1000; ++i) {
    others.push_back(Take(&arena, 32, false, backing));
    EXPECT(others.back()->data != memory);
  }
  // What was in flight when the secret ended writes late, over the canary's place too, where the
  // next one's bytes are.
  std::memset(memory, 0x77, 48);
  arena.Drop(slot, 2);
  Slot* again = Take(&arena, 32, false, backing);
  EXPECT(again->data == memory);
  EXPECT(arena.End(again));
  EXPECT(arena.End(neighbour));
  for (Slot* other : others) {
    EXPECT(arena.End(other));
  }
  EXPECT_EQUAL(arena.stats().live, 0);
  EXPECT_EQUAL(arena.stats().quarantined, 0);
}

const Test kQuarantineSecret{
    "a held slot is not reused, and wiped once more before it is: secret pages", kMapsSecret,
    [] { ExpectQuarantine(Backing::kMemfdSecret); }};
const Test kQuarantineLocked{
    "a held slot is not reused, and wiped once more before it is: locked pages", kMapsLocked,
    [] { ExpectQuarantine(Backing::kMlock); }};

void CheckReplaced() {
  Arena arena;
  const std::size_t length = 60 * kKibi;
  for (const Backing backing : {Backing::kMemfdSecret, Backing::kMlock}) {
    Slot* slot = Take(&arena, length, false, backing);
    std::byte* const memory = slot->data;
    std::memset(memory, 0x5a, length);
    Arena::Hold(slot, 2);
    EXPECT(arena.End(slot));
    EXPECT(AllBytesAre(memory, length, 0));
    EXPECT_EQUAL(SecretBytes(), 0);
    EXPECT_EQUAL(MeasureFootprint().locked, 0);
    const Region region = RegionAt(memory);
    EXPECT(region.permissions == "rw-p");
    EXPECT(region.Has("dd"));
    EXPECT(region.Has("dc"));
    // The limit has room for one of them only: the charge is back at once.
    Slot* next = Take(&arena, length, false, backing);
    std::memset(next->data, 0x11, length);
    std::memset(memory, 0x77, length);
    EXPECT(AllBytesAre(next->data, length, 0x11));
    arena.Drop(slot, 1);
    EXPECT(RegionAt(memory).permissions == "rw-p");
    arena.Drop(slot, 1);
    EXPECT_EQUAL(RegionAt(memory).from, 0);
    std::byte* const last = next->data;
    EXPECT(arena.End(next));
    EXPECT_EQUAL(RegionAt(last).from, 0);
    ExpectStats(arena, {});
  }
}

const Test kReplaced{
    "a held mapping of its own becomes zero pages at its end, unmapped at the last drop",
    {.user = User::kAlone, .secret = true, .memlock = 64 * kKibi},
    CheckReplaced};

void CheckNotReplaced() {
  Arena arena;
  const std::size_t length = 2 * sys::PageSize();
  Slot* slot = Take(&arena, length);
  std::byte* const memory = slot->data;
  std::memset(memory, 0x5a, length);
  Arena::Hold(slot, 1);
  Refuse({.number = SYS_mmap, .error = ENOMEM, .argument = 3, .mask = ~0U, .value = kReplacement});
  EXPECT(arena.End(slot));
  EXPECT(AllBytesAre(memory, length, 0));
  ExpectStats(arena, {.mapped = length, .quarantined = length});
  EXPECT_EQUAL(SecretBytes(), length);
  arena.Drop(slot, 1);
  ExpectStats(arena, {});
  EXPECT_EQUAL(SecretBytes(), 0);
}

const Test kNotReplaced{"where zero pages are refused the wiped pages stay until the last drop",
                        kMapsSecret, CheckNotReplaced};

// A neighbour keeps the chunk, so that the memory can still be looked at.
void CheckWipedUnheld() {
  Arena arena;
  Slot* neighbour = Take(&arena, 300);
  Slot* slot = Take(&arena, 300);
  std::byte* const memory = slot->data;
  const std::size_t charged = slot->charged;
  EXPECT_EQUAL(charged, 320);
  std::memset(memory, 0x5a, 300);
  EXPECT(arena.End(slot));
  EXPECT(AllBytesAre(memory, charged, 0));
  EXPECT(arena.End(neighbour));
}

const Test kWipedUnheld{"the end of a secret that nobody holds wipes all of its slot", kMapsSecret,
                        CheckWipedUnheld};

}  // namespace
}  // namespace memfd_secret::test
