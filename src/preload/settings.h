#pragma once

#include <cstddef>

#include "preload/scope.h"
#include "sys/pages.h"

namespace memfd_secret::preload {

// What the environment asks for. `memfd-secret run` sets it; a Dockerfile or a systemd unit may.
struct Settings {
  Scope scope = Scope::kKeys;  // MEMFD_SECRET_PRELOAD_SCOPE=keys|all
  std::size_t ceiling =
      std::size_t{64} * 1024 * 1024;           // MEMFD_SECRET_PRELOAD_MAX=bytes, or with K, M or G
  sys::Backing weakest = sys::Backing::kHeap;  // MEMFD_SECRET_MIN_BACKING=memfd_secret|mlock
  bool report = false;                         // MEMFD_SECRET_PRELOAD_REPORT=1
  bool children = true;                        // MEMFD_SECRET_PRELOAD_CHILDREN=0
};

// Refuses to start where a value is none that it knows: a misspelt protection must not pass for
// one.
[[nodiscard]] Settings ReadSettings() noexcept;

// Takes this library out of LD_PRELOAD, so that programs started from here run without it.
void HideFromChildren() noexcept;

}  // namespace memfd_secret::preload
