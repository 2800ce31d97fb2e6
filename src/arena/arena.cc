#include "arena/arena.h"

#include <cerrno>
#include <new>

#include "arena/opened_slot.h"
#include "arena/shared_secret.h"
#include "sys/bytes.h"
#include "sys/fork_mark.h"
#include "sys/shared_pages.h"

namespace memfd_secret::arena {
namespace {

constexpr std::size_t kAlignment = 16;

}  // namespace

Arena::~Arena() noexcept {
  while (chunks_ != nullptr) {
    RemoveChunk(chunks_);
  }
}

sys::Status Arena::Publish(Slot* slot, std::size_t length) noexcept {
  const OpenedSlot opened(slot);
  if (!opened.status().ok()) {
    return opened.status();
  }
  slot->length = length;
  WriteCanary(*slot);
  Count(slot);
  return sys::kOk;
}

void Arena::Count(Slot* slot) noexcept {
  slot->holds = 1;
  slot->ended = false;
  slot->canary_within = 0;
  slot->owner = owner_;
  ++live_;
  stats_.live += slot->charged;
  allocated_ += slot->charged;
}

sys::Status Arena::Allocate(sys::Backing backing, std::size_t length, bool own_mapping,
                            Slot** out) noexcept {
  if (length == 0 || length > kLongestSecret) {
    return {sys::Call::kMmap, EINVAL};
  }
  if (const sys::Status status = sys::MarkOwner(); !status.ok()) {
    return status;
  }
  if (!sys::IsOwner()) {
    // A child of fork(2) has the records of its parent's slots, but not the pages.
    return {sys::Call::kMmap, EPERM};
  }
  if (const sys::Status status = ReadyCanary(); !status.ok()) {
    return status;
  }
  if (!own_mapping && length <= kLargestShared) {
    return AllocateShared(backing, length, out);
  }
  const sys::Status status = AllocateOwn(backing, length, false, out);
  if (status.ok()) {
    (*out)->isolated = own_mapping;
  }
  return status;
}

sys::Status Arena::AllocateOwn(sys::Backing backing, std::size_t length, bool shareable,
                               Slot** out) noexcept {
  // Ends at the guard page, but for what keeps the secret aligned: a long overrun is SIGSEGV at
  // once, a short one is found by the canary.
  const std::size_t aligned = (length + kAlignment - 1) & ~(kAlignment - 1);
  auto* slot = new (std::nothrow) Slot;
  if (slot == nullptr) {
    return {sys::Call::kMmap, ENOMEM};
  }
  const std::size_t whole = sys::RoundUpToPages(aligned);
  sys::Status status = shareable ? sys::MapShareablePages(backing, whole, &slot->mapping)
                                 : sys::MapPages(backing, whole, &slot->mapping);
  if (!status.ok()) {
    limit_met_ = true;
    delete slot;
    return status;
  }
  slot->data = slot->mapping.pages + slot->mapping.length - aligned;
  slot->charged = slot->mapping.length;
  status = sys::CloseSeal(sealing_, slot->mapping, &slot->seal);
  if (status.ok()) {
    status = Publish(slot, length);
  }
  if (!status.ok()) {
    static_cast<void>(sys::Unmap(slot->mapping));
    delete slot;
    return status;
  }
  stats_.mapped += slot->charged;
  *out = slot;
  return sys::kOk;
}

Block* Arena::BlockWithRoom(std::size_t slot_class) noexcept {
  return with_room_[slot_class] != nullptr ? with_room_[slot_class] : CutFromAnyChunk(slot_class);
}

Block* Arena::CutFromAnyChunk(std::size_t slot_class) noexcept {
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    if (chunk->unused != nullptr) {
      Block* block = CutBlock(chunk, slot_class);
      if (block != nullptr) {
        Link(with_room_[slot_class], block);
      }
      return block;
    }
  }
  return nullptr;
}

sys::Status Arena::AllocateShared(sys::Backing backing, std::size_t length, Slot** out) noexcept {
  const std::size_t wanted = ClassOf(length);
  Block* block = BlockWithRoom(wanted);
  sys::Status grown;
  if (block == nullptr) {
    grown = Grow(backing);
    block = grown.ok() ? BlockWithRoom(wanted) : nullptr;
  }
  // At the limit a larger free slot serves better than an error.
  for (std::size_t larger = wanted + 1; block == nullptr && larger < kClassCount; ++larger) {
    block = with_room_[larger];
  }
  if (block == nullptr) {
    return grown.ok() ? sys::Status{sys::Call::kMmap, ENOMEM} : grown;
  }
  Slot* slot = TakeSlot(block);
  if (block->full()) {
    Unlink(with_room_[block->slot_class], block);
  }
  if (const sys::Status status = Publish(slot, length); !status.ok()) {
    GiveBack(slot);
    return status;
  }
  *out = slot;
  return sys::kOk;
}

bool Arena::EndMemory(Slot* slot, sys::Status* wiped) noexcept {
  const OpenedSlot opened(slot);
  *wiped = opened.status();
  const bool intact = !opened.reachable() || Intact(*slot);
  // The last holder wipes; while others hold the pages they are theirs, also where this one cannot.
  slot->pages_live_on = slot->shared != nullptr && !LeaveSharing(slot);
  if (opened.reachable() && !slot->pages_live_on) {
    sys::Wipe(slot->block == nullptr ? slot->mapping.pages : slot->data, slot->charged);
  }
  return intact;
}

bool Arena::End(Slot* slot, sys::Status* wiped) noexcept {
  sys::Status status;
  bool intact = true;
  slot->ended = true;
  --live_;
  ++waiting_;
  ended_ += slot->charged;
  stats_.live -= slot->charged;
  stats_.quarantined += slot->charged;
  if (sys::IsOwner()) {
    intact = EndMemory(slot, &status);
    // What is in flight keeps a valid address while the limit's charge goes back now. Without it
    // the wiped pages stay until the last hold is dropped, which is as safe. Nothing ever points
    // into sealed pages.
    if (slot->block == nullptr && slot->holds > 1 && sys::ReplaceByZeroPages(slot->mapping).ok()) {
      stats_.mapped -= slot->charged;
      stats_.quarantined -= slot->charged;
      slot->charged = 0;
      slot->pages_live_on = false;
    }
  }
  if (wiped != nullptr) {
    *wiped = status;
  }
  // With no other hold nothing can have written here since the wipe. Where that failed the slot
  // stays quarantined for ever: closed, and never another secret's.
  if (!status.ok()) {
    return intact;
  }
  if (--slot->holds == 0) {
    Release(slot, true);
  }
  return intact;
}

void Arena::Drop(Slot* slot, std::uint32_t holds) noexcept {
  slot->holds -= holds;
  if (slot->holds == 0) {
    Release(slot, false);
  }
}

void Arena::Release(Slot* slot, bool wiped) noexcept {
  --waiting_;
  stats_.quarantined -= slot->charged;
  if (slot->block == nullptr) {
    ReleaseOwn(slot, wiped);
    return;
  }
  if (!wiped && sys::IsOwner()) {
    sys::Wipe(slot->data, slot->charged);
  }
  GiveBack(slot);
}

void Arena::GiveBack(Slot* slot) noexcept {
  Block* block = slot->block;
  if (block->full()) {
    Link(with_room_[block->slot_class], block);
  }
  ReturnSlot(slot);
  if (block->taken > 0) {
    return;
  }
  Unlink(with_room_[block->slot_class], block);
  Chunk* chunk = block->chunk;
  UncutBlock(block);
  if (chunk->used_blocks == 0) {
    ReleaseIfSpare(chunk);
  }
}

void Arena::ReleaseOwn(Slot* slot, bool wiped) noexcept {
  if (sys::IsOwner()) {
    if (!wiped && !slot->pages_live_on) {
      sys::Wipe(slot->mapping.pages, slot->mapping.length);
    }
    // munmap of a whole mapping fails for no reason that a caller could mend; the pages are wiped.
    static_cast<void>(sys::Unmap(slot->mapping));
  }
  stats_.mapped -= slot->charged;
  // In a fork's child the registry's lock may be held for ever: there the record stays.
  if (slot->shared == nullptr) {
    delete slot;
  }
}

}  // namespace memfd_secret::arena
