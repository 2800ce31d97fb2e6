#pragma once

#include "sys/status.h"

namespace memfd_secret::sys {

// Secrets may take three quarters of vm.max_map_count: at the count itself every mmap of the
// process fails, and a JavaScript engine whose heap cannot grow ends it. Counted over all threads;
// ENOMEM of mmap where no more may be made.
Status CountMapping() noexcept;

// One of the counted mappings is gone, or did not come to be.
void UncountMapping() noexcept;

}  // namespace memfd_secret::sys
