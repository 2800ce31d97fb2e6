// Sealed secrets that several arenas hold.

#include "arena/arena.h"
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

void CheckShared(Sealing sealing, std::size_t length) {
  Arena one(nullptr, sealing);
  Arena two(nullptr, sealing);
  Arena unsealed;
  Slot* first = Take(&one, length);
  FillWith(first, 0x5a);
  arena::ShareId id;
  bool intact = false;
  EXPECT_OK(one.Share(Backing::kMemfdSecret, &first, &id, &intact));
  EXPECT(intact);
  ExpectClosed(*first, sealing);
  EXPECT(arena::SharedSealing(id) == sealing);

  Slot* second = nullptr;
  EXPECT_STATUS(unsealed.Open(id, &second), {sys::Call::kMremap, ENOENT});
  {
    // Its holder has it open just now.
    const OpenedSlot opened(first);
    EXPECT_OK(two.Open(id, &second));
  }
  ExpectClosed(*second, sealing);
  EXPECT(Holds(second, 0x5a));
  FillWith(second, 0x66);
  EXPECT(Holds(first, 0x66));
  const Witness witness(*first);
  EXPECT(one.End(first));
  EXPECT(AllBytesAre(witness.at(), length, 0x66));
  EXPECT(Holds(second, 0x66));
  EXPECT(two.End(second));
  EXPECT(AllBytesAre(witness.at(), length, 0));
}

const Test kShared{"a sealed secret that is shared is closed for each of its holders", kMapsSecret,
                   [] { WithEach(CheckShared); }};

void CheckNotOpenedShared() {
  Arena one(nullptr, Sealing::kMprotect);
  Arena two(nullptr, Sealing::kMprotect);
  Slot* first = Take(&one, 5000);
  FillWith(first, 0x5a);
  arena::ShareId id;
  bool intact = false;
  EXPECT_OK(one.Share(Backing::kMemfdSecret, &first, &id, &intact));
  Slot* second = nullptr;
  EXPECT_OK(two.Open(id, &second));
  const Witness witness(*first);
  FreezeProtection(*first);
  sys::Status wiped;
  // Its record stays with its memory, for good.
  static const Slot* const kFirst = first;
  EXPECT(one.End(first, &wiped));
  EXPECT(kFirst->ended);
  EXPECT_STATUS(wiped, {sys::Call::kMprotect, EPERM});
  // Who holds the pages still can wipe them.
  EXPECT(AllBytesAre(witness.at(), 5000, 0x5a));
  EXPECT(two.End(second, &wiped));
  EXPECT_OK(wiped);
  EXPECT(AllBytesAre(witness.at(), 5000, 0));
  Slot* third = nullptr;
  EXPECT_STATUS(two.Open(id, &third), {sys::Call::kMremap, ENOENT});
}

const Test kNotOpenedShared{"a holder that cannot wipe leaves that to the others", kMapsSecret,
                            CheckNotOpenedShared};

}  // namespace
}  // namespace memfd_secret::test
