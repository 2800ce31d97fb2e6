#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::preload {

// The unit that spans are made of, whatever the page size.
inline constexpr std::size_t kBlockSize = 4096;

// Bytes of a slot. Multiples of 16, as malloc aligns; steps of a quarter at most, so that little is
// wasted.
inline constexpr std::uint16_t kSlotSizes[] = {16,  32,   48,   64,   80,   96,   112,  128,  160,
                                               192, 224,  256,  320,  384,  448,  512,  640,  768,
                                               896, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 4096};
inline constexpr std::size_t kClassCount = sizeof(kSlotSizes) / sizeof(kSlotSizes[0]);
inline constexpr std::size_t kLargestSlot = kSlotSizes[kClassCount - 1];

// Class of each multiple of 16, by a table built at compile time: this is on the path of every
// allocation.
struct ClassTable {
  std::uint8_t of[kLargestSlot / 16 + 1] = {};
  constexpr ClassTable() noexcept {
    std::size_t index = 0;
    for (std::size_t units = 0; units <= kLargestSlot / 16; ++units) {
      while (kSlotSizes[index] < units * 16) {
        ++index;
      }
      of[units] = static_cast<std::uint8_t>(index);
    }
  }
};
inline constexpr ClassTable kClassTable;

// The smallest class that holds size bytes. size: 1 to kLargestSlot.
[[nodiscard]] constexpr std::size_t ClassOf(std::size_t size) noexcept {
  return kClassTable.of[(size + 15) / 16];
}

static_assert(kSlotSizes[ClassOf(1)] == 16 && kSlotSizes[ClassOf(129)] == 160 &&
              kSlotSizes[ClassOf(4096)] == 4096);

// Blocks of a span of slots: few enough for a limit of 64 KiB, enough that slots over 1 KiB do not
// waste a third of it.
inline constexpr std::size_t kLargestSpan = 4;
[[nodiscard]] constexpr std::size_t BlocksOf(std::size_t slot_class) noexcept {
  return kSlotSizes[slot_class] <= 1024 ? 1 : kLargestSpan;
}

// Whole blocks that hold size bytes.
[[nodiscard]] constexpr std::uint32_t BlocksFor(std::size_t size) noexcept {
  return static_cast<std::uint32_t>((size + kBlockSize - 1) / kBlockSize);
}

// Reciprocals of the slot sizes: a division is the longest instruction on the path of a free.
struct ReciprocalTable {
  std::uint32_t of[kClassCount] = {};
  constexpr ReciprocalTable() noexcept {
    for (std::size_t index = 0; index < kClassCount; ++index) {
      of[index] = static_cast<std::uint32_t>((std::uint64_t{1} << 32) / kSlotSizes[index] + 1);
    }
  }
};
inline constexpr ReciprocalTable kReciprocals;

// offset / kSlotSizes[slot_class], for offsets within a span.
[[nodiscard]] constexpr std::size_t SlotAt(std::size_t offset, std::size_t slot_class) noexcept {
  return static_cast<std::size_t>(
      (static_cast<std::uint64_t>(offset) * kReciprocals.of[slot_class]) >> 32);
}

constexpr bool ReciprocalsAreExact() noexcept {
  for (std::size_t index = 0; index < kClassCount; ++index) {
    const std::size_t size = kSlotSizes[index];
    for (std::size_t slot = 0; slot * size < BlocksOf(index) * kBlockSize; ++slot) {
      if (SlotAt(slot * size, index) != slot || SlotAt(slot * size + size - 1, index) != slot) {
        return false;
      }
    }
  }
  return true;
}
static_assert(ReciprocalsAreExact());

inline constexpr std::size_t kMostSlots = kBlockSize / kSlotSizes[0];
static_assert(kMostSlots <= 256, "Span::free holds four words of bits");

}  // namespace memfd_secret::preload
