#pragma once

#include <cstddef>

namespace memfd_secret::faults {

// Blocks that watched code took and has not given back.
[[nodiscard]] std::size_t WatchedBlocks() noexcept;

}  // namespace memfd_secret::faults
