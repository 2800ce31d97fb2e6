#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "arena/chunk.h"
#include "arena/opened_slot.h"
#include "arena_model/world.h"
#include "support/check.h"

namespace memfd_secret::fuzz {
namespace {

bool AllZero(const std::byte* from, std::size_t length) noexcept {
  return std::all_of(from, from + length, [](std::byte byte) { return byte == std::byte{0}; });
}

bool LimitIsSmall() noexcept {
  constexpr rlim_t kEnough = rlim_t{8} * 1024 * 1024;
  rlimit limit{};
  CHECK(getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  return limit.rlim_cur < kEnough && geteuid() != 0;
}

}  // namespace

bool World::Refused(const sys::Status& status) {
  static const bool kMayBe = LimitIsSmall();
  const int error = status.error;
  if (kMayBe && (error == EAGAIN || error == ENOMEM || error == EFAULT || error == EPERM)) {
    return true;
  }
  CHECK_OK(status);
  return false;
}

// Aligned, long enough, guarded, and nobody else's.
void World::CheckPlace(const Entry& entry) const {
  const arena::Slot& slot = *entry.slot;
  CHECK(reinterpret_cast<std::uintptr_t>(slot.data) % 16 == 0);
  CHECK(slot.data >= entry.begin());
  CHECK(slot.length == entry.contents->bytes.size());
  CHECK(slot.data + slot.length + (entry.own() ? 0 : arena::kCanarySize) <= entry.end());
  CHECK(slot.charged == entry.charged && slot.holds == 1 && !slot.ended);
  for (const Entry& other : entries_) {
    CHECK(&other == &entry || other.end() <= entry.begin() || entry.end() <= other.begin());
  }
  if (entry.own()) {
    const std::size_t page = sys::PageSize();
    CHECK(!sys::Prefault(entry.begin() - page, page).ok());
    CHECK(!sys::Prefault(entry.end(), page).ok());
  }
}

void World::CheckZeroed(const Entry& entry) const {
  const arena::OpenedSlot opened(entry.slot);
  CHECK_OK(opened.status());
  CHECK(AllZero(entry.slot->data, entry.slot->length));
}

void World::CheckContents(const Entry& entry) const {
  const arena::OpenedSlot opened(entry.slot);
  CHECK_OK(opened.status());
  const std::vector<std::uint8_t>& bytes = entry.contents->bytes;
  CHECK(std::memcmp(entry.slot->data, bytes.data(), bytes.size()) == 0);
}

void World::CheckClosed(const Entry& entry) const {
  if (IsSealed(entry)) {
    const sys::Mapping& mapping =
        entry.own() ? entry.slot->mapping : entry.slot->block->chunk->mapping;
    CHECK(!sys::Prefault(mapping.pages, sys::PageSize()).ok());
  }
}

// What was given back: to be looked at only while another slot keeps its chunk mapped.
void World::CheckWiped(const std::byte* from, std::size_t length, const arena::Chunk* chunk) const {
  for (const Entry& other : entries_) {
    if (chunk != nullptr && !other.own() && other.slot->block->chunk == chunk) {
      const arena::OpenedSlot opened(other.slot);
      CHECK_OK(opened.status());
      CHECK(AllZero(from, length));
      return;
    }
  }
}

void World::CheckStats(std::size_t arena) const {
  std::size_t live = 0;
  std::size_t quarantined = 0;
  std::size_t own = 0;
  std::size_t chunks = 0;
  std::set<const arena::Chunk*> seen;
  bool idle = true;
  for (const Entry& entry : entries_) {
    if (entry.arena != arena) {
      continue;
    }
    idle = false;
    (entry.ended ? quarantined : live) += entry.charged;
    CHECK(entry.slot->charged == entry.charged && entry.slot->holds == entry.holds);
    if (entry.own()) {
      own += entry.charged;
    } else if (seen.insert(entry.slot->block->chunk).second) {
      chunks += entry.slot->block->chunk->mapping.length;
    }
  }
  const arena::ArenaStats& stats = arenas_[arena]->stats();
  CHECK(stats.live == live);
  CHECK(stats.quarantined == quarantined);
  CHECK(stats.reserved == reserved_[arena]);
  CHECK(stats.mapped >= own + chunks && stats.mapped >= own + reserved_[arena]);
  CHECK((stats.mapped - own) % sys::PageSize() == 0);
  CHECK(arenas_[arena]->idle() == idle);
}

void World::CheckAll() const {
  for (std::size_t arena = 0; arena < kArenas; ++arena) {
    CheckStats(arena);
  }
}

}  // namespace memfd_secret::fuzz
