#include "sys/bytes.h"

#include <cstring>

namespace memfd_secret::sys {

void Wipe(void* memory, std::size_t length) noexcept {
  std::memset(memory, 0, length);
  // The statement claims to read the memory, so the memset above is no dead store. explicit_bzero
  // would do the same, but musl before 1.1.20 lacks it and one file serves both libcs.
  __asm__ __volatile__("" : : "r"(memory) : "memory");
}

bool EqualInConstantTime(const void* left, const void* right, std::size_t length) noexcept {
  const auto* a = static_cast<const unsigned char*>(left);
  const auto* b = static_cast<const unsigned char*>(right);
  unsigned difference = 0;
  for (std::size_t i = 0; i < length; ++i) {
    difference |= static_cast<unsigned>(a[i] ^ b[i]);
  }
  // Keeps the compiler from turning the loop into one that stops at the first difference.
  __asm__ __volatile__("" : "+r"(difference));
  return difference == 0;
}

}  // namespace memfd_secret::sys
