#pragma once

#include <sys/syscall.h>

namespace memfd_secret::sys {

// One number on every architecture since Linux 5.14; glibc before 2.36's headers do not name it.
inline constexpr long kMemfdSecretNumber = 447;
#ifdef SYS_memfd_secret
static_assert(kMemfdSecretNumber == SYS_memfd_secret);
#endif

}  // namespace memfd_secret::sys
