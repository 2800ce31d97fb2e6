#include "in_arena.h"

#include <cerrno>

#include "arena/opened_slot.h"
#include "harness.h"
#include "sys/protection_key.h"

namespace memfd_secret::faults {
namespace {

using arena::ArenaStats;
using arena::OpenedSlot;
using arena::Slot;

bool Same(const ArenaStats& one, const ArenaStats& other) {
  return one.mapped == other.mapped && one.live == other.live &&
         one.quarantined == other.quarantined && one.reserved == other.reserved;
}

bool IsLimit(int error) {
  return error == EAGAIN || error == ENOMEM || error == EFAULT || error == EPERM;
}

const sys::Mapping& MappingOf(const Slot* slot) {
  return slot->block == nullptr ? slot->mapping : slot->block->chunk->mapping;
}

bool IsSealed(const Slot* slot) {
  const sys::Seal& seal = slot->block == nullptr ? slot->seal : slot->block->chunk->seal;
  return seal.sealing != sys::Sealing::kNone;
}

// Asked of the kernel: a closed page answers EFAULT.
void ExpectClosed(const Slot* slot) {
  if (IsSealed(slot)) {
    EXPECT_STATUS(sys::Prefault(MappingOf(slot).pages, sys::PageSize()),
                  {sys::Call::kPrefault, EFAULT});
  }
}

}  // namespace

void ForEachHome(sys::Backing backing, void (*check)(const Home& home)) {
  check({backing, sys::Sealing::kNone});
  check({backing, sys::Sealing::kMprotect});
  if (sys::HasProtectionKeys()) {
    check({backing, sys::Sealing::kPkey});
  }
}

void Write(Slot* slot) {
  {
    const OpenedSlot opened(slot);
    EXPECT_OK(opened.status());
    for (std::size_t at = 0; at < slot->length; ++at) {
      slot->data[at] = static_cast<std::byte>(kMarker[at % kMarkerSize]);
    }
  }
  ExpectClosed(slot);
}

void ExpectWritten(Slot* slot) {
  {
    const OpenedSlot opened(slot);
    EXPECT_OK(opened.status());
    for (std::size_t at = 0; at < slot->length; ++at) {
      EXPECT(slot->data[at] == static_cast<std::byte>(kMarker[at % kMarkerSize]));
    }
  }
  ExpectClosed(slot);
}

std::size_t WithGuards(std::size_t length) { return length + 2 * sys::PageSize(); }

Kept KeptAddresses(const Report& report, std::size_t length) {
  return {.addresses = report.site == Site::kMremap ? sys::RoundUpToPages(length) : 0};
}

InArena::InArena(const Home& home, bool first)
    : home_(home), first_(first), arena_(nullptr, home.sealing) {}

void InArena::Prepare() {
  if (home_.sealing == sys::Sealing::kPkey) {
    EXPECT(sys::ChooseSealing(false) == sys::Sealing::kPkey);
  }
  for (Slot*& neighbour : neighbours_) {
    if (!first_) {
      EXPECT_OK(arena_.Allocate(home_.backing, kMarkerSize, false, &neighbour));
      Write(neighbour);
    }
  }
  PrepareMore();
  before_ = arena_.stats();
}

void InArena::ExpectNeighbours() const {
  for (Slot* neighbour : neighbours_) {
    if (neighbour != nullptr) {
      ExpectWritten(neighbour);
    }
  }
}

void InArena::ExpectWorks() { ExpectNeighbours(); }

void InArena::ExpectUntouched(const Report& report) {
  ExpectNeighbours();
  const Kept kept = Keeps(report);
  EXPECT(Same(arena_.stats(), before_) || kept.memory > 0);
  stuck_ = kept.for_good;
}

void InArena::Finish(bool worked) {
  FinishMore(worked);
  for (Slot* neighbour : neighbours_) {
    if (neighbour != nullptr) {
      EXPECT(arena_.End(neighbour));
    }
  }
  EXPECT(arena_.idle() || stuck_);
  EXPECT_EQUAL(arena_.stats().live, 0);
  EXPECT(arena_.stats().quarantined == 0 || stuck_);
}

bool InArena::Tolerates(Site site, int error) const {
  // A seal that could not be closed is closed before its memory is opened again: that call hears of
  // it, and not the one that had it open.
  return site == Site::kClose || site == Site::kOpen || site == Site::kRead ||
         site == Site::kMprotect || (site == Site::kMapAt && error == EEXIST) ||
         (grows() && IsLimit(error));
}

}  // namespace memfd_secret::faults
