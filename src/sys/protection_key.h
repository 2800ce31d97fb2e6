#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/status.h"

namespace memfd_secret::sys {

// Memory protection keys (pkeys(7)): a page that bears one is closed to every thread whose register
// does not open it. x86-64 only: on arm64 (POR_EL0) no machine could be tried.

// Whether the processor has them and the kernel uses them (CPUID OSPKE): no system call.
[[nodiscard]] bool HasProtectionKeys() noexcept;

// A key that is closed in every thread: here by the call, elsewhere from a thread's first moment,
// since the kernel starts each with all keys but 0 closed. It can be put on pages, or there is
// none.
Status AllocateProtectionKey(int* key) noexcept;
void FreeProtectionKey(int key) noexcept;

// Puts the key on whole pages, readable and writable for whoever opens it.
Status ProtectByKey(std::byte* pages, std::size_t length, int key) noexcept;

// Opens the key to this thread alone. Answers the register as it was.
[[nodiscard]] std::uint32_t OpenProtectionKey(int key) noexcept;
// Puts the key's bits back as they were; another's stay as they are by now.
void RestoreProtectionKey(int key, std::uint32_t before) noexcept;

}  // namespace memfd_secret::sys
