#pragma once

#include <cstdint>

namespace memfd_secret::preload {

// libgcc's unwinder, which reads what compilers write for exceptions: it needs no frame pointers.
//
// Within an allocation of OpenSSL's it must neither allocate nor wait for a lock. libgcc 12 on
// glibc 2.35 finds its tables by _dl_find_object, which takes no lock; any other would ask
// dl_iterate_phdr, which takes the loader's, and is not used. What is left is the lock over tables
// that a program registers by hand, taken only if one ever has.

// Takes the loader's lock, and may load libgcc_s: at the start. False where there is none to trust.
[[nodiscard]] bool FindUnwinder() noexcept;

// Whether to go on outward. address: where the function is that called the one before, behind the
// call.
using VisitCaller = bool (*)(std::uintptr_t address, void* data);

// The functions that are being called, from this one on outward, for as long as visit says. May
// stop before the last. Only after FindUnwinder() was true.
void Unwind(VisitCaller visit, void* data) noexcept;

}  // namespace memfd_secret::preload
