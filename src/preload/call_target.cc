#include "preload/call_target.h"

#include <cstddef>
#include <cstring>

namespace memfd_secret::preload {
namespace {

template <typename Value>
Value ReadAt(std::uintptr_t address) noexcept {
  Value value;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof(value));
  return value;
}

std::uintptr_t Slot(std::uintptr_t address, const LoadedObject& object) noexcept {
  return object.extent.Contains(address) && address % sizeof(std::uintptr_t) == 0
             ? ReadAt<std::uintptr_t>(address)
             : 0;
}

#if defined(__x86_64__)

constexpr std::size_t kLongestCall = 6;
constexpr std::size_t kLongestStub = 11;

std::uintptr_t Relative(std::uintptr_t at) noexcept {
  return at + sizeof(std::int32_t) +
         static_cast<std::uintptr_t>(std::intptr_t{ReadAt<std::int32_t>(at)});
}

// jmp *slot(%rip), perhaps after endbr64 and with a bnd prefix.
std::uintptr_t ThroughStub(std::uintptr_t at, const LoadedObject& object) noexcept {
  if (!object.code.Contains(at) || !object.code.Contains(at + kLongestStub)) {
    return at;
  }
  std::uintptr_t jump = at;
  jump += ReadAt<std::uint32_t>(jump) == 0xfa1e0ff3U ? 4 : 0;
  jump += ReadAt<std::uint8_t>(jump) == 0xf2 ? 1 : 0;
  return ReadAt<std::uint16_t>(jump) == 0x25ff ? Slot(Relative(jump + 2), object) : at;
}

// What a call by a pointer ends with would be a distance of more than 16 MiB here, which leads out
// of the object: its last byte is neither 0 nor 255, but where the pointer lies in a large table.
std::uintptr_t Target(std::uintptr_t end, const LoadedObject& object) noexcept {
  if (ReadAt<std::uint16_t>(end - 6) == 0x15ff) {
    return Slot(Relative(end - 4), object);
  }
  return ReadAt<std::uint8_t>(end - 5) == 0xe8 ? ThroughStub(Relative(end - 4), object) : 0;
}

#elif defined(__aarch64__)

constexpr std::size_t kLongestCall = 4;
constexpr std::size_t kLongestStub = 16;

// adrp x16, page; ldr x17, [x16, #offset], perhaps after bti c.
std::uintptr_t ThroughStub(std::uintptr_t at, const LoadedObject& object) noexcept {
  if (!object.code.Contains(at) || !object.code.Contains(at + kLongestStub)) {
    return at;
  }
  const std::uintptr_t load = ReadAt<std::uint32_t>(at) == 0xd503245fU ? at + 4 : at;
  const auto page = ReadAt<std::uint32_t>(load);
  const auto offset = ReadAt<std::uint32_t>(load + 4);
  if ((page & 0x9f00001fU) != 0x90000010U || (offset & 0xffc003ffU) != 0xf9400211U) {
    return at;
  }
  // 21 bits of pages, the lower two of them apart.
  const std::uint32_t pages = (page >> 5 & 0x7ffffU) << 2 | (page >> 29 & 3U);
  const auto distance = std::intptr_t{static_cast<std::int32_t>(pages << 11) >> 11} * 4096;
  const std::uintptr_t begin =
      (load & ~std::uintptr_t{4095}) + static_cast<std::uintptr_t>(distance);
  return Slot(begin + std::uintptr_t{offset >> 10 & 0xfffU} * 8, object);
}

// bl
std::uintptr_t Target(std::uintptr_t end, const LoadedObject& object) noexcept {
  const auto call = ReadAt<std::uint32_t>(end - 4);
  if ((call & 0xfc000000U) != 0x94000000U) {
    return 0;
  }
  const auto distance = std::intptr_t{static_cast<std::int32_t>(call << 6) >> 6} * 4;
  return ThroughStub(end - 4 + static_cast<std::uintptr_t>(distance), object);
}

#else

constexpr std::size_t kLongestCall = 0;

std::uintptr_t Target(std::uintptr_t /*end*/, const LoadedObject& /*object*/) noexcept { return 0; }

#endif

}  // namespace

std::uintptr_t CallTarget(std::uintptr_t return_address, const LoadedObject& object) noexcept {
  return object.code.Contains(return_address - kLongestCall) ? Target(return_address, object) : 0;
}

}  // namespace memfd_secret::preload
