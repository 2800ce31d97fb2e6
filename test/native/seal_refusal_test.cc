// mprotect(2) refused while secrets are sealed: told, nothing given out open, and all given back.
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "arena/arena.h"
#include "arena/open_copy.h"
#include "arena/opened_slot.h"
#include "arena/shared_secret.h"
#include "harness.h"
#include "process.h"

namespace memfd_secret::test {
namespace {

using arena::Arena;
using arena::OpenedSlot;
using arena::Slot;
using sys::Backing;
using sys::Sealing;

constexpr std::size_t kLengths[] = {32, 5000};
constexpr sys::Status kRefused{sys::Call::kMprotect, EACCES};
constexpr unsigned kToClose = PROT_NONE;
constexpr unsigned kToOpen = PROT_READ | PROT_WRITE;

void RefuseMprotect(unsigned protection) {
  Refuse(
      {.number = SYS_mprotect, .error = EACCES, .argument = 2, .mask = ~0U, .value = protection});
}

// Each in a process of its own, since a filter is for good.
void ForEachLength(void (*check)(std::size_t length)) {
  for (const std::size_t length : kLengths) {
    InFork([check, length] { check(length); });
  }
}

Slot* TakeSealed(Arena* arena, std::size_t length) {
  Slot* slot = nullptr;
  EXPECT_OK(arena->Allocate(Backing::kMemfdSecret, length, false, &slot));
  const OpenedSlot opened(slot);
  EXPECT_OK(opened.status());
  std::memset(slot->data, 0x5a, length);
  return slot;
}

void CheckAllocate(std::size_t length) {
  for (const unsigned protection : {kToClose, kToOpen}) {
    InFork([length, protection] {
      Arena arena(nullptr, Sealing::kMprotect);
      RefuseMprotect(protection);
      Slot* slot = nullptr;
      EXPECT_STATUS(arena.Allocate(Backing::kMemfdSecret, length, false, &slot), kRefused);
      EXPECT(slot == nullptr);
      EXPECT(arena.idle());
      EXPECT_EQUAL(arena.stats().live, 0);
      // What was closed and cannot be opened is kept for later, empty.
      static_cast<void>(arena.GiveBackSpares());
      EXPECT_EQUAL(arena.stats().mapped, 0);
      EXPECT_EQUAL(SecretBytes(), 0);
    });
  }
}

const Test kAllocate{"a sealed secret that cannot be closed or opened is not given out",
                     kMapsSecret, [] { ForEachLength(CheckAllocate); }};

void CheckUnclosed(std::size_t length) {
  Arena arena(nullptr, Sealing::kMprotect);
  Slot* slot = TakeSealed(&arena, length);
  RefuseMprotect(kToClose);
  {
    const OpenedSlot opened(slot);
    EXPECT_OK(opened.status());
  }
  // Open by now, and who uses it hears of it before they do.
  {
    const OpenedSlot opened(slot);
    EXPECT_STATUS(opened.status(), kRefused);
    EXPECT(opened.reachable());
  }
  EXPECT(AllBytesAre(slot->data, length, 0x5a));
  sys::Status wiped;
  EXPECT(arena.End(slot, &wiped));
  EXPECT_STATUS(wiped, kRefused);
  EXPECT(AllBytesAre(slot->data, length, 0));
  EXPECT(!arena.idle());
}

const Test kUnclosed{
    "a seal that could not be closed is told at the next use, and wiped all the same", kMapsSecret,
    [] { ForEachLength(CheckUnclosed); }};

void CheckCopy(std::size_t length) {
  Arena sealed(nullptr, Sealing::kMprotect);
  Arena open;
  Slot* slot = TakeSealed(&sealed, length);
  Slot* used = nullptr;
  EXPECT_OK(arena::MakeOpenCopy(&open, Backing::kMemfdSecret, slot, &used));
  RefuseMprotect(kToOpen);
  Slot* copy = nullptr;
  EXPECT_STATUS(arena::MakeOpenCopy(&open, Backing::kMemfdSecret, slot, &copy), kRefused);
  EXPECT(copy == nullptr);
  // Nothing was changed, so there is nothing to open it for.
  EXPECT_OK(arena::WriteBack(*used, slot));
  arena::OpenBytes(*used, length)[0] = std::byte{1};
  EXPECT_STATUS(arena::WriteBack(*used, slot), kRefused);
  EXPECT(open.End(used));
  EXPECT(open.idle());
}

const Test kCopy{"a copy that cannot be made, or written back, is told and leaves nothing",
                 kMapsSecret, [] { ForEachLength(CheckCopy); }};

void CheckOpen(std::size_t length, unsigned protection) {
  Arena one(nullptr, Sealing::kMprotect);
  Arena two(nullptr, Sealing::kMprotect);
  Slot* slot = TakeSealed(&one, length);
  arena::ShareId id;
  bool intact = false;
  EXPECT_OK(one.Share(Backing::kMemfdSecret, &slot, &id, &intact));
  const Footprint before = MeasureFootprint();
  RefuseMprotect(protection);
  Slot* second = nullptr;
  EXPECT_STATUS(two.Open(id, &second), kRefused);
  EXPECT(second == nullptr);
  EXPECT(two.idle());
  EXPECT_EQUAL(two.stats().mapped, 0);
  EXPECT(MeasureFootprint() == before);
}

const Test kOpen{"shared pages that cannot be closed or opened are told and leave nothing",
                 kMapsSecret, [] {
                   ForEachLength([](std::size_t length) { CheckOpen(length, kToClose); });
                   ForEachLength([](std::size_t length) { CheckOpen(length, kToOpen); });
                 }};

}  // namespace
}  // namespace memfd_secret::test
