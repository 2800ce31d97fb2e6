#pragma once

#include <cstddef>

namespace memfd_secret::faults {

// Blocks of operator new that are not deleted.
[[nodiscard]] std::size_t HeapBlocks() noexcept;

}  // namespace memfd_secret::faults
