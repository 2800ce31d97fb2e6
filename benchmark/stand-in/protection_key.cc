// Linked into the benchmark's own addon in place of src/sys/protection_key.cc, on machines whose
// processor has no protection keys: all of a sealed use but the register itself, which a wait
// stands in for. It closes nothing, and nothing but `npm run bench` loads it.
#include "sys/protection_key.h"

#include <x86intrin.h>

#include <cstdint>

namespace memfd_secret::sys {
namespace {

// Several times what the instruction takes: 11 ns were measured on a processor that has it, so that
// the estimate errs on the slow side.
constexpr std::uint64_t kCyclesOfAWrite = 260;
constexpr int kKey = 1;

void WriteRegister() noexcept {
  const std::uint64_t began = __rdtsc();
  while (__rdtsc() - began < kCyclesOfAWrite) {
  }
  __asm__ __volatile__("" : : : "memory");
}

}  // namespace

bool HasProtectionKeys() noexcept { return true; }

Status AllocateProtectionKey(int* key) noexcept {
  *key = kKey;
  return kOk;
}

void FreeProtectionKey(int /*key*/) noexcept {}

Status ProtectByKey(std::byte* /*pages*/, std::size_t /*length*/, int /*key*/) noexcept {
  return kOk;
}

std::uint32_t OpenProtectionKey(int /*key*/) noexcept {
  WriteRegister();
  return 0;
}

void RestoreProtectionKey(int /*key*/, std::uint32_t /*before*/) noexcept { WriteRegister(); }

}  // namespace memfd_secret::sys
