// Secrets whose pages several arenas map: counted, wiped by the last holder.
#include "arena/shared_secret.h"

#include <cerrno>
#include <cstring>

#include "arena/arena.h"
#include "harness.h"
#include "process.h"
#include "sys/shared_pages.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::ShareId;
using arena::Slot;
using sys::Backing;

struct Shared {
  Slot* slot = nullptr;
  ShareId id;
};

Shared Make(Arena* arena, Backing backing, std::size_t length, bool own) {
  Shared made;
  EXPECT_OK(arena->Allocate(backing, length, own, &made.slot));
  std::memset(made.slot->data, 0x5a, length);
  bool intact = false;
  EXPECT_OK(arena->Share(backing, &made.slot, &made.id, &intact));
  EXPECT(intact);
  EXPECT(made.slot->block == nullptr);
  EXPECT_EQUAL(made.slot->length, length);
  EXPECT(AllBytesAre(made.slot->data, length, 0x5a));
  return made;
}

Slot* Open(Arena* arena, const ShareId& id) {
  Slot* slot = nullptr;
  EXPECT_OK(arena->Open(id, &slot));
  return slot;
}

void CheckHolders(Backing backing, std::size_t length, bool own) {
  Arena one;
  Arena other;
  Shared first = Make(&one, backing, length, own);
  Slot* second = Open(&other, first.id);
  EXPECT(second->data != first.slot->data);
  EXPECT(AllBytesAre(second->data, length, 0x5a));
  second->data[0] = std::byte{1};
  EXPECT((first.slot->data[0] == std::byte{1}));
  second->data[0] = std::byte{0x5a};

  // A mapping that no arena knows shows what is left of the pages.
  sys::Mapping witness;
  sys::Seal seal;
  EXPECT_OK(sys::DuplicatePages(first.slot->mapping, sys::Sealing::kNone, &witness, &seal));
  const std::byte* seen = witness.pages + (first.slot->data - first.slot->mapping.pages);
  // In-flight I/O of the first holder keeps an address, behind which are zero pages then.
  Arena::Hold(first.slot, 1);
  EXPECT(one.End(first.slot));
  EXPECT(AllBytesAre(first.slot->data, length, 0));
  EXPECT(AllBytesAre(seen, length, 0x5a));
  one.Drop(first.slot, 1);
  EXPECT(AllBytesAre(seen, length, 0x5a));
  EXPECT(one.idle());

  Slot* third = Open(&one, first.id);
  EXPECT(other.End(second));
  EXPECT(AllBytesAre(third->data, length, 0x5a));
  EXPECT(one.End(third));
  EXPECT(AllBytesAre(witness.pages, witness.length, 0));
  Slot* none = nullptr;
  EXPECT_EQUAL(other.Open(first.id, &none).error, ENOENT);
  EXPECT_EQUAL(one.stats().live + other.stats().live, 0);
  EXPECT_OK(sys::Unmap(witness));
}

const Test kMoved{"shared secret: moved from a shared page", kMapsSecret,
                  [] { CheckHolders(Backing::kMemfdSecret, 32, false); }};
const Test kInPlace{"shared secret: in place", kMapsSecret,
                    [] { CheckHolders(Backing::kMemfdSecret, 5000, true); }};
const Test kLocked{"shared secret: the fallback's pages", kMapsLocked,
                   [] { CheckHolders(Backing::kMlock, 100, false); }};

void CheckCanary() {
  Arena one;
  Arena other;
  Shared first = Make(&one, Backing::kMemfdSecret, 30, false);
  Slot* second = Open(&other, first.id);
  second->data[30] ^= std::byte{1};
  EXPECT(!other.End(second));
  EXPECT(!one.End(first.slot));
}

const Test kCanary{"shared secret: every holder looks at the one canary", kMapsSecret, CheckCanary};

void CheckIds() {
  Arena arena;
  Shared one = Make(&arena, Backing::kMemfdSecret, 8, false);
  Shared other = Make(&arena, Backing::kMemfdSecret, 8, false);
  EXPECT(!(one.id == other.id));
  ShareId again;
  bool intact = false;
  EXPECT_OK(arena.Share(Backing::kMemfdSecret, &one.slot, &again, &intact));
  EXPECT(again == one.id);
  ShareId wrong = one.id;
  wrong.words[1] ^= 1;
  Slot* none = nullptr;
  EXPECT_EQUAL(arena.Open(wrong, &none).error, ENOENT);
  EXPECT(arena.End(other.slot));
  EXPECT(arena.End(one.slot));
}

const Test kIds{"shared secret: ids", kMapsSecret, CheckIds};

}  // namespace
}  // namespace memfd_secret::test
