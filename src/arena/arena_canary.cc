// What native code has written over or under a secret is found by the canaries around it.
#include <cstring>

#include "arena/arena.h"
#include "arena/shared_secret.h"
#include "sys/bytes.h"
#include "sys/getrandom.h"

namespace memfd_secret::arena {
namespace {

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

void Arena::WatchWithin(Slot* slot, std::size_t offset) const noexcept {
  slot->canary_within = offset;
  std::memcpy(slot->data + offset, canary_, kCanarySize);
}

bool Arena::Intact(const Slot& slot) const noexcept {
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
  if (slot.canary_within > 0) {
    intact &= sys::EqualInConstantTime(slot.data + slot.canary_within, canary, kCanarySize);
  }
  return intact;
}

}  // namespace memfd_secret::arena
