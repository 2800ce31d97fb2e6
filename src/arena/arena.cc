#include "arena/arena.h"

#include <cerrno>
#include <cstring>
#include <new>

#include "arena/shared_secret.h"
#include "sys/bytes.h"
#include "sys/fork_mark.h"
#include "sys/getrandom.h"
#include "sys/shared_pages.h"

namespace memfd_secret::arena {
namespace {

constexpr std::size_t kAlignment = 16;

// Where a slot's canary begins and how long it is: from the secret's end to the slot's, so that no
// byte goes unwatched.
std::size_t CanaryLength(const Slot& slot) noexcept {
  if (slot.block != nullptr) {
    return slot.charged - slot.length;
  }
  return static_cast<std::size_t>(slot.mapping.pages + slot.mapping.length -
                                  (slot.data + slot.length));
}

}  // namespace

Arena::~Arena() noexcept {
  while (chunks_ != nullptr) {
    RemoveChunk(chunks_);
  }
}

sys::Status Arena::ReadyCanary() noexcept {
  if (canary_ready_) {
    return sys::kOk;
  }
  const sys::Status status = sys::FillRandom(canary_, kCanarySize);
  canary_ready_ = status.ok();
  return status;
}

void Arena::WriteCanary(const Slot& slot) const noexcept {
  std::byte* at = slot.data + slot.length;
  std::size_t left = CanaryLength(slot);
  while (left > 0) {
    const std::size_t part = left < kCanarySize ? left : kCanarySize;
    std::memcpy(at, canary_, part);
    at += part;
    left -= part;
  }
  if (slot.block == nullptr && slot.data >= slot.mapping.pages + kCanarySize) {
    std::memcpy(slot.data - kCanarySize, canary_, kCanarySize);
  }
}

bool Arena::CanaryIntact(const Slot& slot) const noexcept {
  const unsigned char* canary = slot.shared == nullptr ? canary_ : slot.shared->canary;
  const std::byte* at = slot.data + slot.length;
  std::size_t left = CanaryLength(slot);
  bool intact = true;
  while (left > 0) {
    const std::size_t part = left < kCanarySize ? left : kCanarySize;
    intact &= sys::EqualInConstantTime(at, canary, part);
    at += part;
    left -= part;
  }
  if (slot.block == nullptr && slot.data >= slot.mapping.pages + kCanarySize) {
    intact &= sys::EqualInConstantTime(slot.data - kCanarySize, canary, kCanarySize);
  }
  return intact;
}

void Arena::Publish(Slot* slot, std::size_t length) noexcept {
  slot->length = length;
  WriteCanary(*slot);
  Count(slot);
}

void Arena::Count(Slot* slot) noexcept {
  slot->holds = 1;
  slot->ended = false;
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
  const bool shared = !own_mapping && length <= kLargestShared;
  return shared ? AllocateShared(backing, length, out) : AllocateOwn(backing, length, false, out);
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
  const sys::Status status = shareable ? sys::MapShareablePages(backing, whole, &slot->mapping)
                                       : sys::MapPages(backing, whole, &slot->mapping);
  if (!status.ok()) {
    limit_met_ = true;
    delete slot;
    return status;
  }
  slot->data = slot->mapping.pages + slot->mapping.length - aligned;
  slot->charged = slot->mapping.length;
  stats_.mapped += slot->mapping.length;
  Publish(slot, length);
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
  Publish(slot, length);
  *out = slot;
  return sys::kOk;
}

bool Arena::End(Slot* slot) noexcept {
  bool intact = true;
  slot->ended = true;
  --live_;
  ++waiting_;
  ended_ += slot->charged;
  stats_.live -= slot->charged;
  stats_.quarantined += slot->charged;
  if (sys::IsOwner()) {
    intact = CanaryIntact(*slot);
    if (slot->block != nullptr) {
      sys::Wipe(slot->data, slot->charged);
    } else {
      // The last holder wipes; while others hold the pages they are theirs.
      slot->pages_live_on = slot->shared != nullptr && !LeaveSharing(slot);
      if (!slot->pages_live_on) {
        sys::Wipe(slot->mapping.pages, slot->mapping.length);
      }
      // What is in flight keeps a valid address while the limit's charge goes back now. Without it
      // the wiped pages stay until the last hold is dropped, which is as safe.
      if (slot->holds > 1 && sys::ReplaceByZeroPages(slot->mapping).ok()) {
        stats_.mapped -= slot->charged;
        stats_.quarantined -= slot->charged;
        slot->charged = 0;
        slot->pages_live_on = false;
      }
    }
  }
  Drop(slot, 1);
  return intact;
}

void Arena::Drop(Slot* slot, std::uint32_t holds) noexcept {
  slot->holds -= holds;
  if (slot->holds > 0) {
    return;
  }
  --waiting_;
  stats_.quarantined -= slot->charged;
  if (slot->block != nullptr) {
    ReturnShared(slot);
  } else {
    ReleaseOwn(slot);
  }
}

void Arena::ReturnShared(Slot* slot) noexcept {
  if (sys::IsOwner()) {
    sys::Wipe(slot->data, slot->charged);
  }
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

void Arena::ReleaseOwn(Slot* slot) noexcept {
  if (sys::IsOwner()) {
    if (!slot->pages_live_on) {
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
