#include "sys/protection_key.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sys/mapping.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace memfd_secret::sys {

// Raw system calls: musl wraps none of them, and glibc before 2.27 neither.

#if defined(__x86_64__)

namespace {

constexpr unsigned long kDisableAccess = 1;
constexpr unsigned kBitsOfAKey = 2;  // access disabled, write disabled
constexpr std::uint32_t kAllBits = 3;

std::uint32_t MaskOf(int key) noexcept {
  return kAllBits << (static_cast<unsigned>(key) * kBitsOfAKey);
}

// The mnemonics need a newer assembler than the oldest that builds this.
std::uint32_t ReadRegister() noexcept {
  std::uint32_t value = 0;
  std::uint32_t high = 0;
  __asm__ __volatile__(".byte 0x0f, 0x01, 0xee" : "=a"(value), "=d"(high) : "c"(0) : "memory");
  return value;
}

// "memory": no access to what the key guards may move across.
void WriteRegister(std::uint32_t value) noexcept {
  __asm__ __volatile__(".byte 0x0f, 0x01, 0xef" : : "a"(value), "c"(0), "d"(0) : "memory");
}

}  // namespace

bool HasProtectionKeys() noexcept {
  constexpr unsigned kOspke = 1U << 4U;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kOspke) != 0;
}

Status AllocateProtectionKey(int* key) noexcept {
  const long got = syscall(SYS_pkey_alloc, 0UL, kDisableAccess);
  if (got < 0) {
    return Failed(Call::kPkeyAlloc);
  }
  // A filter may let one of the two calls through and not the other: then there is no key.
  void* page = mmap(nullptr, PageSize(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Status status = page == MAP_FAILED ? Failed(Call::kMmap)
                                     : ProtectByKey(static_cast<std::byte*>(page), PageSize(),
                                                    static_cast<int>(got));
  if (page != MAP_FAILED && munmap(page, PageSize()) != 0 && status.ok()) {
    status = Failed(Call::kMunmap);
  }
  if (!status.ok()) {
    FreeProtectionKey(static_cast<int>(got));
    return status;
  }
  *key = static_cast<int>(got);
  return kOk;
}

void FreeProtectionKey(int key) noexcept {
  // Fails for a key that is not allocated alone.
  static_cast<void>(syscall(SYS_pkey_free, static_cast<long>(key)));
}

Status ProtectByKey(std::byte* pages, std::size_t length, int key) noexcept {
  return syscall(SYS_pkey_mprotect, pages, length, static_cast<long>(PROT_READ | PROT_WRITE),
                 static_cast<long>(key)) == 0
             ? kOk
             : Failed(Call::kPkeyMprotect);
}

std::uint32_t OpenProtectionKey(int key) noexcept {
  const std::uint32_t before = ReadRegister();
  WriteRegister(before & ~MaskOf(key));
  return before;
}

void RestoreProtectionKey(int key, std::uint32_t before) noexcept {
  const std::uint32_t mask = MaskOf(key);
  WriteRegister((ReadRegister() & ~mask) | (before & mask));
}

#else

bool HasProtectionKeys() noexcept { return false; }

Status AllocateProtectionKey(int* /*key*/) noexcept { return {Call::kPkeyAlloc, ENOSYS}; }

void FreeProtectionKey(int /*key*/) noexcept {}

Status ProtectByKey(std::byte* /*pages*/, std::size_t /*length*/, int /*key*/) noexcept {
  return {Call::kPkeyMprotect, ENOSYS};
}

std::uint32_t OpenProtectionKey(int /*key*/) noexcept { return 0; }

void RestoreProtectionKey(int /*key*/, std::uint32_t /*before*/) noexcept {}

#endif

}  // namespace memfd_secret::sys
