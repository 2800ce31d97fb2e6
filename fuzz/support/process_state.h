#pragma once

#include <cstddef>

namespace memfd_secret::fuzz {

// Open descriptors of this process, but those of O_PATH, which poll(2) takes for closed.
[[nodiscard]] std::size_t OpenDescriptors() noexcept;

// Mappings of memfd_secret in this process. Reads a file of many lines: not for each step.
[[nodiscard]] std::size_t SecretMappings() noexcept;

// Whether memfd_secret(2) works here.
[[nodiscard]] bool HasMemfdSecret() noexcept;

}  // namespace memfd_secret::fuzz
