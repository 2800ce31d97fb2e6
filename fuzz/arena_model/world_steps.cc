#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "arena/chunk.h"
#include "arena/opened_slot.h"
#include "arena_model/world.h"
#include "support/check.h"

namespace memfd_secret::fuzz {
namespace {

// Mostly what shares pages, and the lengths on both sides of each border.
std::size_t LengthOf(Input* input) noexcept {
  const std::size_t kind = input->Below(8);
  const std::size_t number = input->Number();
  switch (kind) {
    case 0:
      return arena::kSlotSizes[number % arena::kClassCount] - arena::kCanarySize;
    case 1:
      return arena::kSlotSizes[number % arena::kClassCount] - arena::kCanarySize + 1;
    case 2:
      return 1 + number % arena::kLargestShared;
    case 3:
      return 1 + number % (3 * sys::PageSize());
    case 4:
      return (1 + number % 2) * sys::PageSize();
    default:
      return 1 + number % 64;
  }
}

}  // namespace

void World::Allocate(Input* input) {
  const std::size_t arena = input->Below(kArenas);
  const std::size_t length = LengthOf(input);
  const std::uint8_t fill = input->Byte();
  const bool own = input->Below(8) == 0;
  if (entries_.size() >= kMostEntries) {
    return;
  }
  arena::Slot* slot = nullptr;
  if (Refused(arenas_[arena]->Allocate(backing_, length, own, &slot))) {
    return;
  }
  auto contents = std::make_shared<Contents>();
  contents->bytes.resize(length);
  Entry* entry = Add(arena, slot, contents);
  CHECK(entry->own() == (own || length > arena::kLargestShared));
  CHECK(slot->isolated == own);
  CheckZeroed(*entry);
  {
    const arena::OpenedSlot opened(slot);
    CHECK_OK(opened.status());
    std::memset(slot->data, fill, length);
  }
  std::fill(contents->bytes.begin(), contents->bytes.end(), fill);
  CheckClosed(*entry);
}

void World::AllocateWrongly(Input* input) {
  const std::size_t length = input->Below(2) == 0 ? 0 : arena::kLongestSecret + 1 + input->Number();
  arena::Slot* slot = nullptr;
  const sys::Status status =
      arenas_[input->Below(kArenas)]->Allocate(backing_, length, false, &slot);
  CHECK(status.error == EINVAL && slot == nullptr);
}

// Nothing ever points into sealed memory, so nothing holds it but its owner.
void World::Hold(Input* input) {
  Entry* entry = Any(input);
  const auto more = static_cast<std::uint32_t>(1 + input->Below(3));
  if (entry != nullptr && !IsSealed(*entry)) {
    arena::Arena::Hold(entry->slot, more);
    entry->holds += more;
  }
}

void World::Drop(Input* input) {
  Entry* entry = Any(input);
  const std::uint32_t wanted = 1 + input->Byte();
  if (entry == nullptr) {
    return;
  }
  // The owner's own hold is dropped by the end.
  const std::uint32_t most = entry->holds - (entry->ended ? 0 : 1);
  if (most > 0) {
    DropHolds(entry, std::min(wanted, most));
  }
}

void World::End(Input* input) {
  Entry* entry = Any(input);
  if (entry != nullptr && !entry->ended) {
    EndEntry(entry);
  }
}

// Also into a secret that is over, as in-flight I/O does.
void World::Write(Input* input) {
  Entry* entry = Any(input);
  const std::size_t from = input->Number();
  const std::uint8_t value = input->Byte();
  if (entry == nullptr) {
    return;
  }
  CheckContents(*entry);
  std::vector<std::uint8_t>& bytes = entry->contents->bytes;
  const std::size_t at = from % bytes.size();
  const arena::OpenedSlot opened(entry->slot);
  CHECK_OK(opened.status());
  std::memset(entry->data + at, value, bytes.size() - at);
  const std::vector<std::uint8_t> canary = CanaryWithin(*entry);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), value);
  if (!entry->ended && CanaryWithin(*entry) != canary) {
    entry->contents->spoilt = true;
  }
}

// A byte behind the secret, or of what lies before it in a mapping of its own.
void World::Spoil(Input* input) {
  Entry* entry = Any(input);
  const std::size_t where = input->Number();
  const bool before = input->Below(4) == 0;
  if (entry == nullptr || entry->ended || entry->contents->spoilt) {
    return;
  }
  std::byte* behind = entry->data + entry->slot->length;
  const auto room = static_cast<std::size_t>(entry->end() - behind);
  std::byte* at = room == 0 ? nullptr : behind + where % room;
  if (before && entry->own() && entry->data >= entry->begin() + arena::kCanarySize) {
    at = entry->data - 1 - where % arena::kCanarySize;
  }
  if (at == nullptr) {
    return;
  }
  const arena::OpenedSlot opened(entry->slot);
  CHECK_OK(opened.status());
  *at ^= std::byte{1};
  entry->contents->spoilt = true;
}

void World::Share(Input* input) {
  Entry* entry = Any(input);
  // An open copy is its use's alone.
  if (entry == nullptr || entry->ended || entry->copied_from != nullptr) {
    return;
  }
  const bool in_place = arena::Arena::CanShareInPlace(backing_, *entry->slot);
  // A secret that is to be moved has no open view.
  if (!in_place && entry->holds > 1) {
    return;
  }
  const arena::Chunk* chunk = entry->own() ? nullptr : entry->slot->block->chunk;
  const bool isolated = entry->slot->isolated;
  arena::Slot* slot = entry->slot;
  arena::ShareId id;
  bool intact = false;
  if (Refused(arenas_[entry->arena]->Share(backing_, &slot, &id, &intact))) {
    CHECK(slot == entry->slot);
    return;
  }
  CHECK(in_place == (slot == entry->slot));
  CHECK(intact == (in_place || !entry->contents->spoilt));
  CHECK(!entry->contents->shared || entry->contents->id == id);
  if (!entry->contents->shared) {
    entry->contents->shared = true;
    entry->contents->id = id;
    shared_.push_back(entry->contents);
    ids_.push_back(id);
  }
  CHECK(arena::SharedSealing(id) == arenas_[entry->arena]->sealing());
  if (in_place) {
    return;
  }
  const Entry old = *entry;
  Remove(entry);
  old.contents->spoilt = false;
  // A mapping of its own that had to be moved is unmapped by now.
  CheckWiped(old.data, old.charged, chunk);
  entry = Add(old.arena, slot, old.contents);
  CHECK(entry->own() && slot->isolated == isolated);
  CheckContents(*entry);
}

void World::Open(Input* input) {
  if (ids_.empty() || entries_.size() >= kMostEntries) {
    return;
  }
  const std::size_t which = input->Below(ids_.size());
  const std::size_t arena = input->Below(kArenas);
  const bool sealed = arenas_[arena]->sealing() != sys::Sealing::kNone;
  const std::shared_ptr<Contents> contents = shared_[which].lock();
  const Entry* holder = contents == nullptr ? nullptr : Holder(*contents, sealed);
  arena::Slot* slot = nullptr;
  const sys::Status status = arenas_[arena]->Open(ids_[which], &slot);
  if (holder == nullptr) {
    CHECK(status.error == ENOENT && slot == nullptr);
    return;
  }
  if (Refused(status)) {
    return;
  }
  CHECK(slot->isolated == holder->slot->isolated);
  Entry* entry = Add(arena, slot, contents);
  CHECK(entry->own());
  CheckContents(*entry);
}

void World::OpenUnknown(Input* input) {
  arena::ShareId id;
  id.words[0] = input->Number();
  id.words[1] = input->Number();
  arena::Slot* slot = nullptr;
  CHECK(arenas_[input->Below(kArenas)]->Open(id, &slot).error == ENOENT && slot == nullptr);
  CHECK(arena::SharedSealing(id) == sys::Sealing::kNone);
}

void World::Reserve(Input* input) {
  const std::size_t arena = input->Below(kArenas);
  const std::size_t bytes = input->Number() % kMostReserved;
  const bool undo = input->Below(2) == 0;
  const std::size_t before = reserved_[arena];
  if (Refused(arenas_[arena]->Reserve(backing_, bytes))) {
    return;
  }
  reserved_[arena] = std::max(before, sys::RoundUpToPages(bytes));
  CheckStats(arena);
  if (undo) {
    arenas_[arena]->Unreserve(before);
    reserved_[arena] = before;
  }
}

void World::GiveBack(Input* input) {
  arena::Arena& arena = *arenas_[input->Below(kArenas)];
  const std::size_t before = arena.stats().mapped;
  if (input->Below(2) == 0) {
    CHECK(arena.WantedPressure() <= arena::Pressure::kMost);
    CHECK(arena.stats().mapped == before);
  } else {
    CHECK(arena.GiveBackSpares() == (arena.stats().mapped < before));
  }
}

}  // namespace memfd_secret::fuzz
