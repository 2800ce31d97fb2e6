#pragma once

#include <cstddef>

namespace memfd_secret::sys {

// Zeroes memory; the compiler may not remove it as a dead store.
void Wipe(void* memory, std::size_t length) noexcept;

// Compares without a branch or an early end that depends on the contents. The length is public.
[[nodiscard]] bool EqualInConstantTime(const void* left, const void* right,
                                       std::size_t length) noexcept;

}  // namespace memfd_secret::sys
