#include "arena/open_copy.h"

#include <cstring>

#include "arena/opened_slot.h"
#include "sys/bytes.h"

namespace memfd_secret::arena {
namespace {

// Behind the bytes as they were and a canary. As malloc aligns: a view's memory is aligned as that
// of any other.
constexpr std::size_t OffsetOfCopy(std::size_t length) noexcept {
  constexpr std::size_t kAlignment = 16;
  static_assert(kCanarySize % kAlignment == 0);
  return ((length + kAlignment - 1) & ~(kAlignment - 1)) + kCanarySize;
}

static_assert(OffsetOfCopy(kLongestSealed) + kLongestSealed <= kLongestSecret);

}  // namespace

sys::Status MakeOpenCopy(Arena* open, sys::Backing backing, Slot* sealed, Slot** copy) noexcept {
  Slot* slot = nullptr;
  if (const sys::Status status = open->Allocate(
          backing, OffsetOfCopy(sealed->length) + sealed->length, sealed->isolated, &slot);
      !status.ok()) {
    return status;
  }
  sys::Status status;
  {
    const OpenedSlot opened(sealed);
    status = opened.status();
    if (status.ok()) {
      std::memcpy(slot->data, sealed->data, sealed->length);
    }
  }
  if (!status.ok()) {
    static_cast<void>(open->End(slot));
    return status;
  }
  open->WatchWithin(slot, OffsetOfCopy(sealed->length) - kCanarySize);
  std::memcpy(OpenBytes(*slot, sealed->length), slot->data, sealed->length);
  *copy = slot;
  return sys::kOk;
}

std::byte* OpenBytes(const Slot& copy, std::size_t length) noexcept {
  return copy.data + OffsetOfCopy(length);
}

sys::Status WriteBack(const Slot& copy, Slot* sealed) noexcept {
  const std::size_t length = sealed->length;
  const std::byte* before = copy.data;
  const std::byte* now = OpenBytes(copy, length);
  if (sys::EqualInConstantTime(before, now, length)) {
    return sys::kOk;
  }
  const OpenedSlot opened(sealed);
  if (opened.status().ok()) {
    for (std::size_t i = 0; i < length; ++i) {
      if (now[i] != before[i]) {
        sealed->data[i] = now[i];
      }
    }
  }
  return opened.status();
}

}  // namespace memfd_secret::arena
