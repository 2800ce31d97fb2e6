#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/status.h"

namespace memfd_secret::sys {

// Copies length bytes of a process's memory to `to`: *got of them, fewer where a page on the way
// cannot be read. process_vm_readv(2), which a process may call on itself even where it is not
// dumpable and its /proc/self/mem closed. kProcessVmReadv with EFAULT where the first page cannot
// be read (secret, unmapped, a guard, a device), EPERM, or ESRCH where there is no such process.
Status ReadProcess(int process, std::uint64_t address, void* to, std::size_t length,
                   std::size_t* got) noexcept;

[[nodiscard]] int OwnProcess() noexcept;

}  // namespace memfd_secret::sys
