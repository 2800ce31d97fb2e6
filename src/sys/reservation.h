#pragma once

#include <cstddef>

#include "sys/pages.h"
#include "sys/status.h"

namespace memfd_secret::sys {

// A range of addresses without memory behind it (PROT_NONE), so that "is this pointer ours" is two
// comparisons. It is filled from its beginning, and charged to no limit until then. A guard page
// lies at both ends.
struct Reservation {
  std::byte* base = nullptr;
  std::size_t length = 0;
};

// length: a multiple of the page size.
Status Reserve(std::size_t length, Reservation* out) noexcept;

// Ordinary zeroed memory for records, charged as it is touched; for callers that stand in for
// malloc. Never given back.
Status MapOrdinary(std::size_t length, void** out) noexcept;

// What Fill did to the addresses when it failed.
enum class Addresses : unsigned char { kKept, kLost };

// Puts fresh pages of a backing at [at, at + length). Everything that a limit can refuse is done
// before the reservation is touched. kLost: the addresses may belong to somebody else now; they
// must never be used or unmapped.
Status Fill(Backing backing, std::byte* at, std::size_t length, Addresses* addresses) noexcept;

// Lets a fork's child inherit the pages, or not.
Status SetInherited(std::byte* at, std::size_t length, bool inherited) noexcept;

// In a child of fork(2) that inherited [at, at + length): replaces it by pages of its own with the
// same contents, at the same address. The parent's pages are only read.
Status ReplaceByCopy(Backing backing, std::byte* at, std::size_t length) noexcept;

}  // namespace memfd_secret::sys
