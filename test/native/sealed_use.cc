#include "sealed_use.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "arena/opened_slot.h"
#include "harness.h"
#include "process.h"

namespace memfd_secret::test {

using arena::OpenedSlot;
using arena::Slot;
using sys::Sealing;

namespace {

constexpr std::size_t kLengths[] = {32, 5000};

// Where the processor has no protection keys, mprotect alone.
std::vector<Sealing> AllSealings() {
  std::vector<Sealing> all{Sealing::kMprotect};
  if (sys::ChooseSealing(false) == Sealing::kPkey) {
    all.push_back(Sealing::kPkey);
  }
  return all;
}

}  // namespace

void WithEach(void (*check)(Sealing, std::size_t length)) {
  for (const Sealing sealing : AllSealings()) {
    for (const std::size_t length : kLengths) {
      check(sealing, length);
    }
  }
}

const sys::Mapping& MappingOf(const Slot& slot) {
  return slot.block == nullptr ? slot.mapping : slot.block->chunk->mapping;
}

void FillWith(Slot* slot, unsigned char byte) {
  const OpenedSlot opened(slot);
  EXPECT_OK(opened.status());
  std::memset(slot->data, byte, slot->length);
}

bool Holds(Slot* slot, unsigned char byte) {
  const OpenedSlot opened(slot);
  EXPECT_OK(opened.status());
  return AllBytesAre(slot->data, slot->length, byte);
}

void ExpectClosed(const Slot& slot, Sealing sealing) {
  const sys::Mapping& mapping = MappingOf(slot);
  // So that the child that is to die has the pages.
  EXPECT_EQUAL(madvise(mapping.pages, mapping.length, MADV_DOFORK), 0);
  auto* closed = reinterpret_cast<volatile unsigned char*>(slot.data);
  for (const auto& death :
       {DeathOf([closed] { static_cast<void>(*closed); }), DeathOf([closed] { *closed = 1; })}) {
    EXPECT_EQUAL(death.signal, SIGSEGV);
    EXPECT_EQUAL(death.code, sealing == Sealing::kPkey ? SEGV_PKUERR : SEGV_ACCERR);
    EXPECT(death.address == closed);
  }
  EXPECT_EQUAL(madvise(mapping.pages, mapping.length, MADV_DONTFORK), 0);
  int ends[2];
  EXPECT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  EXPECT_EQUAL(write(ends[1], slot.data, 1), -1);
  EXPECT_EQUAL(errno, EFAULT);
  EXPECT_EQUAL(write(ends[1], "x", 1), 1);
  EXPECT_EQUAL(read(ends[0], slot.data, 1), -1);
  EXPECT_EQUAL(errno, EFAULT);
  close(ends[0]);
  close(ends[1]);
}

void FreezeProtection(const Slot& slot) {
  constexpr long kMseal = 462;
  const sys::Mapping& mapping = MappingOf(slot);
  if (syscall(kMseal, mapping.pages, mapping.length, 0UL) != 0) {
    Skip("mseal(2) is of Linux 6.10");
  }
}

Witness::Witness(const Slot& slot) {
  const sys::Mapping& mapping = MappingOf(slot);
  length_ = mapping.length;
  pages_ = mremap(mapping.pages, 0, length_, MREMAP_MAYMOVE);
  EXPECT(pages_ != MAP_FAILED);
  const int open = PROT_READ | PROT_WRITE;
  if (slot.block == nullptr ? slot.seal.sealing == Sealing::kPkey
                            : slot.block->chunk->seal.sealing == Sealing::kPkey) {
    EXPECT_EQUAL(syscall(SYS_pkey_mprotect, pages_, length_, open, 0), 0);
  } else {
    EXPECT_EQUAL(mprotect(pages_, length_, open), 0);
  }
  at_ = static_cast<std::byte*>(pages_) + (slot.data - mapping.pages);
}

Witness::~Witness() { munmap(pages_, length_); }

}  // namespace memfd_secret::test
