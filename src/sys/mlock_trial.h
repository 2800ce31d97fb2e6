#pragma once

#include "sys/secretmem_trial.h"

namespace memfd_secret::sys {

// What trying the fallback on its whole path (map, mark, mlock, unmap) gave. in_child: as for
// TrySecretmem.
[[nodiscard]] Trial TryMlock(bool in_child) noexcept;

}  // namespace memfd_secret::sys
