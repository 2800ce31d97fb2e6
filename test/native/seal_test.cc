// Sealed secrets: closed at rest to this process's own code and to system calls, open for a scope.
#include "sys/seal.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "arena/arena.h"
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

void CheckClosed(Sealing sealing, std::size_t length) {
  Arena arena(nullptr, sealing);
  Slot* slot = Take(&arena, length);
  ExpectClosed(*slot, sealing);
  FillWith(slot, 0x5a);
  ExpectClosed(*slot, sealing);
  {
    const OpenedSlot outer(slot);
    {
      const OpenedSlot inner(slot);
      EXPECT(AllBytesAre(slot->data, length, 0x5a));
    }
    EXPECT(AllBytesAre(slot->data, length, 0x5a));
  }
  ExpectClosed(*slot, sealing);
  EXPECT(arena.End(slot));
}

const Test kClosed{"a sealed secret is closed at rest, and open for a scope", kMapsSecret,
                   [] { WithEach(CheckClosed); }};

void CheckLocked() {
  Arena arena(nullptr, Sealing::kMprotect);
  Slot* slot = Take(&arena, 32, Backing::kMlock);
  FillWith(slot, 0x5a);
  ExpectClosed(*slot, Sealing::kMprotect);
  EXPECT(Holds(slot, 0x5a));
  EXPECT(arena.End(slot));
}

const Test kLocked{"the fallback's pages are sealed as well", kMapsLocked, CheckLocked};

void CheckWiped(Sealing sealing, std::size_t length) {
  Arena arena(nullptr, sealing);
  // Keeps the chunk.
  Slot* neighbour = Take(&arena, length);
  FillWith(neighbour, 0x77);
  Slot* slot = Take(&arena, length);
  FillWith(slot, 0x5a);
  const Witness witness(*slot);
  EXPECT(AllBytesAre(witness.at(), length, 0x5a));
  EXPECT(arena.End(slot));
  EXPECT(AllBytesAre(witness.at(), length, 0));
  EXPECT(Holds(neighbour, 0x77));
  const Witness other(*neighbour);
  EXPECT_EQUAL(arena.stats().quarantined, 0);
  // A new one is zeroed though nobody opened it.
  Slot* next = Take(&arena, length);
  EXPECT(Holds(next, 0));
  EXPECT(arena.End(next));
  EXPECT(arena.End(neighbour));
  EXPECT(AllBytesAre(other.at(), length, 0));
}

const Test kWiped{"a sealed secret is wiped at its end, and its slot is free at once", kMapsSecret,
                  [] { WithEach(CheckWiped); }};

void CheckOverrun(Sealing sealing, std::size_t length) {
  Arena arena(nullptr, sealing);
  Slot* slot = Take(&arena, length);
  {
    const OpenedSlot opened(slot);
    slot->data[length] ^= std::byte{1};
  }
  EXPECT(!arena.End(slot));
}

const Test kOverrun{"what was written past a sealed secret is found", kMapsSecret,
                    [] { WithEach(CheckOverrun); }};

void CheckReserve(Sealing sealing, std::size_t /*length*/) {
  Arena open;
  Arena sealed(nullptr, sealing);
  EXPECT_OK(open.Reserve(Backing::kMemfdSecret, 64 * kKibi));
  Slot* early = Take(&open, 32);
  EXPECT_OK(open.MoveReserve(&sealed, 64 * kKibi, 64 * kKibi));
  EXPECT_EQUAL(sealed.stats().reserved, 0);
  EXPECT_OK(open.MoveReserve(&sealed, 64 * kKibi, 0));
  // Where a secret is in it already it stays.
  for (const Arena* arena : {&open, &sealed}) {
    EXPECT_EQUAL(arena->stats().reserved, 32 * kKibi);
    EXPECT_EQUAL(arena->stats().mapped, 32 * kKibi);
  }
  Slot* slot = Take(&sealed, 32);
  ExpectClosed(*slot, sealing);
  FillWith(slot, 0x5a);
  EXPECT(Holds(slot, 0x5a));
  EXPECT(sealed.End(slot));
  EXPECT_EQUAL(sealed.stats().mapped, 32 * kKibi);
  EXPECT(open.End(early));
}

const Test kReserve{"an empty reserve moves to sealed memory, and is closed there", kMapsSecret,
                    [] { WithEach(CheckReserve); }};

struct Peek {
  const Slot* slot;
  int other_end;
  ssize_t written = 0;
  int error = 0;
  std::atomic<bool> asked{false};
  std::atomic<bool> done{false};
};

void* PeekByWrite(void* data) {
  auto* peek = static_cast<Peek*>(data);
  while (!peek->asked.load()) {
  }
  peek->written = write(peek->other_end, peek->slot->data, 1);
  peek->error = errno;
  peek->done.store(true);
  return nullptr;
}

void CheckOtherThreads() {
  if (sys::ChooseSealing(false) != Sealing::kPkey) {
    Skip("needs protection keys");
  }
  Arena arena(nullptr, Sealing::kPkey);
  Slot* slot = Take(&arena, 32);
  int ends[2];
  EXPECT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  Peek peek{.slot = slot, .other_end = ends[1]};
  pthread_t thread{};
  EXPECT_EQUAL(pthread_create(&thread, nullptr, PeekByWrite, &peek), 0);
  {
    const OpenedSlot opened(slot);
    peek.asked.store(true);
    while (!peek.done.load()) {
    }
    EXPECT_EQUAL(write(ends[1], slot->data, 1), 1);
  }
  EXPECT_EQUAL(pthread_join(thread, nullptr), 0);
  EXPECT_EQUAL(peek.written, -1);
  EXPECT_EQUAL(peek.error, EFAULT);
  EXPECT(arena.End(slot));
}

const Test kOtherThreads{"open to one thread by a protection key, it is closed to the others",
                         kMapsSecret, CheckOtherThreads};

}  // namespace
}  // namespace memfd_secret::test
