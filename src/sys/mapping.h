#pragma once

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// A range of usable pages between two PROT_NONE guard pages. The guards are anonymous mappings of
// their own: inside the secret mapping they would be charged to RLIMIT_MEMLOCK.
struct Mapping {
  std::byte* pages = nullptr;
  std::size_t length = 0;

  [[nodiscard]] constexpr bool mapped() const noexcept { return pages != nullptr; }
};

[[nodiscard]] std::size_t PageSize() noexcept;

// Up to a multiple of the page size; 0 where that would overflow.
[[nodiscard]] std::size_t RoundUpToPages(std::size_t length) noexcept;

// Touches each page by a system call that copies one struct from it: past a limit (NEW accounting)
// or the end of the file it answers EFAULT, where a load would be SIGBUS. Changes nothing.
Status Prefault(const std::byte* pages, std::size_t length) noexcept;

// Maps descriptor (shared) or, for -1, anonymous private memory, length bytes (a multiple of the
// page size), between guards. Nothing that another thread mapped meanwhile is ever replaced.
Status MapBetweenGuards(int descriptor, std::size_t length, Mapping* out) noexcept;

// Unmaps pages and guards. The caller has wiped.
Status Unmap(const Mapping& mapping) noexcept;

// Replaces the pages by anonymous zero pages that no core dump and no fork gets: in-flight I/O that
// kept a raw pointer then reads zeros and writes nowhere, and the limit's charge is given back at
// once. On failure the old pages may still be there: the caller has wiped before.
Status ReplaceByZeroPages(const Mapping& mapping) noexcept;

}  // namespace memfd_secret::sys
