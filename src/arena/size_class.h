#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::arena {

// Behind each secret; found changed, native code has written past its end.
inline constexpr std::size_t kCanarySize = 16;

// A block holds slots of one size. It is the unit that chunks are made of, whatever the page size.
inline constexpr std::size_t kBlockSize = 4096;

// Bytes of a slot, canary included. 32-byte keys take 48, so that 100,000 of them fit in 8 MiB;
// multiples of 16 keep each secret aligned as malloc would.
inline constexpr std::uint16_t kSlotSizes[] = {32,  48,  64,  80,  96,  112, 128,  160,  192, 224,
                                               256, 320, 400, 512, 672, 816, 1024, 1360, 2048};
inline constexpr std::size_t kClassCount = sizeof(kSlotSizes) / sizeof(kSlotSizes[0]);

// The longest secret that shares pages; longer ones get a mapping of their own.
inline constexpr std::size_t kLargestShared = kSlotSizes[kClassCount - 1] - kCanarySize;

inline constexpr std::size_t kMostSlots = kBlockSize / kSlotSizes[0];
static_assert(kMostSlots <= 128, "Block::free holds two words of bits");

// The smallest class that holds length bytes and the canary. length <= kLargestShared.
[[nodiscard]] constexpr std::size_t ClassOf(std::size_t length) noexcept {
  std::size_t index = 0;
  while (kSlotSizes[index] < length + kCanarySize) {
    ++index;
  }
  return index;
}

static_assert(kSlotSizes[ClassOf(32)] == 48);

}  // namespace memfd_secret::arena
