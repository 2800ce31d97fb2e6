#pragma once

#include <cstddef>

#include "sys/pages.h"
#include "sys/seal.h"
#include "sys/status.h"

namespace memfd_secret::sys {

// Pages that can be mapped a second time in this process: of memfd_secret they always can; the
// fallback's are private, which mremap(2) refuses to duplicate, so here they are shared anonymous
// ones, locked and kept from dumps and forks all the same. Else as MapPages.
Status MapShareablePages(Backing backing, std::size_t length, Mapping* out) noexcept;

// Maps the pages of a mapping a second time, between guards of its own, in no dump and no fork, by
// mremap(2) with an old size of 0: no descriptor is needed, none is open that could be taken. The
// duplicate is sealed as the source is, whether that is open at the moment or not.
Status DuplicatePages(const Mapping& source, Sealing sealing, Mapping* out, Seal* seal) noexcept;

}  // namespace memfd_secret::sys
