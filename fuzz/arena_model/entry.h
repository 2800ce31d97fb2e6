#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "arena/shared_secret.h"
#include "arena/slot.h"

namespace memfd_secret::fuzz {

// What one secret must hold, whoever maps it.
struct Contents {
  std::vector<std::uint8_t> bytes;
  bool spoilt = false;  // the canary behind or before it was overwritten
  bool shared = false;
  arena::ShareId id;
};

// A slot that was given out and is not back yet.
struct Entry {
  std::size_t arena = 0;
  arena::Slot* slot = nullptr;
  std::byte* data = nullptr;
  std::size_t charged = 0;
  std::uint32_t holds = 1;
  bool ended = false;
  std::shared_ptr<Contents> contents;
  // The sealed secret that this is an open copy of; null: of none.
  std::shared_ptr<Contents> copied_from;

  [[nodiscard]] bool own() const noexcept { return slot->block == nullptr; }
  [[nodiscard]] std::byte* begin() const noexcept {
    return own() ? slot->mapping.pages : slot->data;
  }
  [[nodiscard]] std::byte* end() const noexcept {
    return own() ? slot->mapping.pages + slot->mapping.length : slot->data + charged;
  }
};

}  // namespace memfd_secret::fuzz
