#pragma once

#include "arena/chunk.h"
#include "arena/slot.h"
#include "sys/seal.h"

namespace memfd_secret::arena {

// Has a slot's memory open to the end of the scope, where it is sealed; else does nothing. What
// happens in the scope is native code of a known end: never JavaScript, never the slot's release.
class OpenedSlot {
 public:
  explicit OpenedSlot(Slot* slot) noexcept
      : opening_(slot->block == nullptr ? &slot->seal : &slot->block->chunk->seal,
                 slot->block == nullptr ? slot->mapping : slot->block->chunk->mapping) {}

  [[nodiscard]] sys::Status status() const noexcept { return opening_.status(); }
  [[nodiscard]] bool reachable() const noexcept { return opening_.reachable(); }

 private:
  sys::SealOpening opening_;
};

}  // namespace memfd_secret::arena
