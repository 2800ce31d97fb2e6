// Sealed memory whose protection the kernel does not change any more.
#include <cerrno>
#include <cstring>

#include "arena/arena.h"
#include "arena/open_copy.h"
#include "arena/opened_slot.h"
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

void CheckNotOpened() {
  Arena arena(nullptr, Sealing::kMprotect);
  Slot* slot = Take(&arena, 32);
  FillWith(slot, 0x5a);
  FreezeProtection(*slot);
  {
    const OpenedSlot opened(slot);
    EXPECT_STATUS(opened.status(), {sys::Call::kMprotect, EPERM});
    EXPECT(!opened.reachable());
  }
  Slot* next = nullptr;
  EXPECT_STATUS(arena.Allocate(Backing::kMemfdSecret, 32, false, &next),
                {sys::Call::kMprotect, EPERM});
  Arena open;
  EXPECT_STATUS(arena::MakeOpenCopy(&open, Backing::kMemfdSecret, slot, &next),
                {sys::Call::kMprotect, EPERM});
  EXPECT(open.idle());
  ExpectClosed(*slot, Sealing::kMprotect);
  // What cannot be wiped is never another secret's.
  const std::size_t charged = slot->charged;
  sys::Status wiped;
  EXPECT(arena.End(slot, &wiped));
  EXPECT_STATUS(wiped, {sys::Call::kMprotect, EPERM});
  EXPECT_EQUAL(arena.stats().quarantined, charged);
  EXPECT_EQUAL(arena.stats().live, 0);
  EXPECT(!arena.idle());
}

const Test kNotOpened{"where a seal cannot be opened it is an error, and nothing is given out",
                      kMapsSecret, CheckNotOpened};

void CheckNotClosed() {
  Arena arena(nullptr, Sealing::kMprotect);
  Slot* slot = Take(&arena, 32);
  {
    const OpenedSlot opened(slot);
    std::memset(slot->data, 0x5a, slot->length);
    FreezeProtection(*slot);
  }
  {
    const OpenedSlot opened(slot);
    EXPECT_STATUS(opened.status(), {sys::Call::kMprotect, EPERM});
  }
  // It is open, though nobody is to use it: wiped all the same.
  EXPECT(AllBytesAre(slot->data, slot->length, 0x5a));
  sys::Status wiped;
  EXPECT(arena.End(slot, &wiped));
  EXPECT_STATUS(wiped, {sys::Call::kMprotect, EPERM});
  EXPECT(AllBytesAre(slot->data, slot->length, 0));
}

const Test kNotClosed{"where a seal cannot be closed it is an error, and the secret can be wiped",
                      kMapsSecret, CheckNotClosed};

}  // namespace
}  // namespace memfd_secret::test
