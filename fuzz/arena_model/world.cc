#include "arena_model/world.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "arena/chunk.h"
#include "support/check.h"

namespace memfd_secret::fuzz {
namespace {

constexpr std::uint8_t kLate = 0x77;

}  // namespace

World::World(sys::Backing backing, sys::Sealing sealing) : backing_(backing), sealing_(sealing) {
  for (std::size_t i = 0; i < kArenas; ++i) {
    arenas_[i] =
        std::make_unique<arena::Arena>(this, i < kOpenArenas ? sys::Sealing::kNone : sealing);
  }
  // Pointers into it are held during a step.
  entries_.reserve(kMostEntries + 1);
}

void World::Step(Input* input) {
  using Operation = void (World::*)(Input*);
  // Some twice: what fills the arenas, and what gives back.
  static constexpr Operation kOperations[] = {
      &World::Allocate, &World::Allocate,    &World::AllocateWrongly,
      &World::Hold,     &World::Drop,        &World::Drop,
      &World::End,      &World::End,         &World::Write,
      &World::Spoil,    &World::Share,       &World::Open,
      &World::Reserve,  &World::OpenUnknown, &World::GiveBack,
      &World::CopyOpen, &World::WriteBack};
  const std::size_t which = input->Below(sizeof(kOperations) / sizeof(kOperations[0]));
  (this->*kOperations[which])(input);
  CheckAll();
}

void World::Finish() {
  while (!entries_.empty()) {
    Entry* entry = &entries_.back();
    entry->ended ? DropHolds(entry, entry->holds) : EndEntry(entry);
    CheckAll();
  }
  for (std::size_t i = 0; i < kArenas; ++i) {
    static_cast<void>(arenas_[i]->GiveBackSpares());
    CHECK(!arenas_[i]->GiveBackSpares());
    CHECK(arenas_[i]->stats().mapped == reserved_[i]);
    CHECK(arenas_[i]->WantedPressure() == arena::Pressure::kNone);
  }
}

Entry* World::Any(Input* input) {
  return entries_.empty() ? nullptr : &entries_[input->Below(entries_.size())];
}

Entry* World::Holder(const Contents& contents, bool sealed) {
  for (Entry& entry : entries_) {
    if (entry.contents.get() == &contents && !entry.ended && IsSealed(entry) == sealed) {
      return &entry;
    }
  }
  return nullptr;
}

Entry* World::Add(std::size_t arena, arena::Slot* slot, std::shared_ptr<Contents> contents) {
  Entry& entry = entries_.emplace_back();
  entry.arena = arena;
  entry.slot = slot;
  entry.data = slot->data;
  entry.charged = slot->charged;
  entry.contents = std::move(contents);
  CHECK(slot->owner == this);
  CheckPlace(entry);
  CheckClosed(entry);
  return &entry;
}

void World::Remove(Entry* entry) {
  if (entry != &entries_.back()) {
    *entry = std::move(entries_.back());
  }
  entries_.pop_back();
}

void World::EndEntry(Entry* entry) {
  CheckContents(*entry);
  const bool released = entry->holds == 1;
  const arena::Chunk* chunk = entry->own() ? nullptr : entry->slot->block->chunk;
  const bool own = entry->own();
  const bool intact = !entry->contents->spoilt;
  sys::Status wiped;
  CHECK(arenas_[entry->arena]->End(entry->slot, &wiped) == intact);
  CHECK_OK(wiped);
  const std::byte* from = entry->data;
  const std::size_t length = entry->charged;
  if (released) {
    Remove(entry);
    CheckWiped(from, length, chunk);
    return;
  }
  entry->ended = true;
  --entry->holds;
  // A mapping of its own is charged no more: zero pages stand in its place.
  entry->charged = own ? 0 : entry->charged;
  entry->contents = std::make_shared<Contents>();
  entry->contents->bytes.resize(entry->slot->length);
  CheckContents(*entry);
}

void World::DropHolds(Entry* entry, std::uint32_t holds) {
  const arena::Chunk* chunk = entry->own() ? nullptr : entry->slot->block->chunk;
  const std::byte* from = entry->data;
  const std::size_t length = entry->charged;
  const bool released = entry->holds == holds;
  if (entry->ended) {
    // What is in flight may write up to the moment when it lets go.
    std::vector<std::uint8_t>& bytes = entry->contents->bytes;
    std::fill(bytes.begin(), bytes.end(), kLate);
    std::memset(entry->data, kLate, bytes.size());
  }
  arenas_[entry->arena]->Drop(entry->slot, holds);
  entry->holds -= holds;
  if (released) {
    Remove(entry);
    CheckWiped(from, length, chunk);
  }
}

}  // namespace memfd_secret::fuzz
