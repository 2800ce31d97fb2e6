#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// What trying memfd_secret(2) on its whole path (create, size, map, prefault, close) gave.
struct Trial {
  Status status;
  int killed_by = 0;  // the signal that a seccomp filter ends the caller with; 0: none
};

// in_child: first in a throw-away child, for a process under a seccomp filter.
[[nodiscard]] Trial TrySecretmem(bool in_child) noexcept;

}  // namespace memfd_secret::sys
