#pragma once

#include <vector>

#include "arena/arena.h"
#include "harness.h"

namespace memfd_secret::test {

// The longest secret of a slot of half a block.
inline constexpr std::size_t kHalfBlock = 2048 - arena::kCanarySize;

inline arena::Slot* Take(arena::Arena* arena, std::size_t length,
                         sys::Backing backing = sys::Backing::kMemfdSecret) {
  arena::Slot* slot = nullptr;
  EXPECT_OK(arena->Allocate(backing, length, false, &slot));
  return slot;
}

// Takes until the limit.
inline void Fill(arena::Arena* arena, std::size_t length, std::vector<arena::Slot*>* slots,
                 sys::Backing backing = sys::Backing::kMemfdSecret) {
  for (arena::Slot* slot = nullptr; arena->Allocate(backing, length, false, &slot).ok();) {
    slots->push_back(slot);
  }
}

inline void EndAll(arena::Arena* arena, std::vector<arena::Slot*>* slots) {
  for (arena::Slot* slot : *slots) {
    EXPECT(arena->End(slot));
  }
  slots->clear();
}

}  // namespace memfd_secret::test
