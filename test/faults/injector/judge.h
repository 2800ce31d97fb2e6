#pragma once

#include <cerrno>

#include "injector/next.h"
#include "injector/plan.h"

namespace memfd_secret::faults {

// What errno is before a call that is let through: one that succeeds may leave anything in it, so
// whoever reads errno after another call reads this.
inline constexpr int kNoise = EOWNERDEAD;

// Whether this call is to fail; errno is set then, as the C library leaves it.
inline bool Fails(Site site, const void* caller) noexcept {
  const int error = Judge(site, caller);
  if (IsWatched(caller)) {
    errno = error != 0 ? error : kNoise;
  }
  return error != 0;
}

}  // namespace memfd_secret::faults
