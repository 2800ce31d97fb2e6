#pragma once

#include <cstdint>

namespace memfd_secret::sys {

// When the kernel counts a secret page against RLIMIT_MEMLOCK (CVE-2026-93243 moved it from one to
// the other).
enum class Accounting : std::uint8_t {
  kUnknown = 0,
  kAtMmap = 1,   // mapped bytes, per process; mmap answers EAGAIN; CAP_IPC_LOCK bypasses
  kAtTouch = 2,  // touched pages, per user id; a load past the limit is SIGBUS; nothing bypasses
};

// Found by trying, since distributions carry the change back under any version. kUnknown where
// there are no secret pages to try it on, or where a filter refuses msync(2). in_child: a filter is
// on and may kill instead.
[[nodiscard]] Accounting FindAccounting(bool in_child) noexcept;

}  // namespace memfd_secret::sys
