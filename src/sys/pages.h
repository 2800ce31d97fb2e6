#pragma once

#include <cstddef>

#include "sys/mapping.h"
#include "sys/status.h"

namespace memfd_secret::sys {

// Ordered: a larger number protects better. 0 is lib's plain JavaScript heap, which never comes
// here.
enum class Backing : unsigned char { kHeap = 0, kMlock = 1, kMemfdSecret = 2 };

// Pages of memfd_secret(2): zeroed, prefaulted, not inherited by fork, between guards, the
// descriptor closed. length: a multiple of the page size.
Status MapSecretPages(std::size_t length, Mapping* out) noexcept;

// Maps a secret descriptor that stays open; else as MapSecretPages.
Status MapSecretDescriptor(int descriptor, std::size_t length, Mapping* out) noexcept;

// The fallback: anonymous pages, locked by mlock(2), in no core dump, not inherited by fork,
// between guards.
Status MapLockedPages(std::size_t length, Mapping* out) noexcept;

Status MapPages(Backing backing, std::size_t length, Mapping* out) noexcept;

}  // namespace memfd_secret::sys
