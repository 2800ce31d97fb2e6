#pragma once

#include <sys/mman.h>

#include <cstddef>

#include "arena/arena.h"
#include "arena/slot.h"
#include "sys/mapping.h"
#include "sys/seal.h"

namespace memfd_secret::test {

// Runs check for each way of sealing that there is here, with a length of a slot and one of pages.
void WithEach(void (*check)(sys::Sealing, std::size_t length));

[[nodiscard]] const sys::Mapping& MappingOf(const arena::Slot& slot);

// With the memory open meanwhile.
void FillWith(arena::Slot* slot, unsigned char byte);
[[nodiscard]] bool Holds(arena::Slot* slot, unsigned char byte);

// By code, which dies, and by system calls, which fail.
void ExpectClosed(const arena::Slot& slot, sys::Sealing sealing);

// After this the kernel refuses mprotect(2) on the pages, as a filter or another's mseal may. Skips
// where the kernel has no mseal(2).
void FreezeProtection(const arena::Slot& slot);

// A second mapping of a chunk's or a slot's pages, that no seal closes: shows what is in them.
class Witness {
 public:
  explicit Witness(const arena::Slot& slot);
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  [[nodiscard]] std::byte* at() const { return at_; }

 private:
  void* pages_;
  std::size_t length_;
  std::byte* at_;
};

}  // namespace memfd_secret::test
