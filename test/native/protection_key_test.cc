// What closing secret pages by a protection key rests on.
#include "sys/protection_key.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "harness.h"
#include "process.h"
#include "sys/pages.h"

namespace memfd_secret::test {
namespace {

#ifdef __x86_64__
// glibc's declarations of these need a newer glibc than the oldest that Node.js runs with; musl has
// none.
int AllocateKey() { return static_cast<int>(syscall(SYS_pkey_alloc, 0, 0)); }

int Protect(std::byte* pages, int key) {
  return static_cast<int>(
      syscall(SYS_pkey_mprotect, pages, sys::PageSize(), PROT_READ | PROT_WRITE, key));
}

constexpr unsigned kNoAccess = 1;

void SetRights(int key, unsigned rights) {
  unsigned all = 0;
  unsigned unused = 0;
  __asm__ volatile("rdpkru" : "=a"(all), "=d"(unused) : "c"(0));
  all = (all & ~(3U << (2U * static_cast<unsigned>(key)))) |
        rights << (2U * static_cast<unsigned>(key));
  __asm__ volatile("wrpkru" : : "a"(all), "c"(0), "d"(0) : "memory");
}

void CheckClosedKey() {
  const int key = AllocateKey();
  if (key < 0) {
    Skip(std::strerror(errno));
  }
  EXPECT(key > 0);
  sys::Mapping mapping;
  EXPECT_OK(sys::MapSecretPages(sys::PageSize(), &mapping));
  // So that the child that is to die has the pages.
  EXPECT_EQUAL(madvise(mapping.pages, sys::PageSize(), MADV_DOFORK), 0);
  std::memset(mapping.pages, 0x5a, sys::PageSize());
  EXPECT_EQUAL(Protect(mapping.pages, key), 0);
  SetRights(key, kNoAccess);

  const auto* closed = reinterpret_cast<const volatile unsigned char*>(mapping.pages);
  const Death death = DeathOf([closed] { static_cast<void>(*closed); });
  EXPECT_EQUAL(death.signal, SIGSEGV);
  EXPECT_EQUAL(death.code, SEGV_PKUERR);
  EXPECT(death.address == closed);

  int ends[2];
  EXPECT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  EXPECT_EQUAL(write(ends[1], mapping.pages, 1), -1);
  EXPECT_EQUAL(errno, EFAULT);

  SetRights(key, 0);
  EXPECT_EQUAL(write(ends[1], mapping.pages, 1), 1);
  EXPECT(AllBytesAre(mapping.pages, sys::PageSize(), 0x5a));
}

unsigned RightsOf(int key) {
  unsigned all = 0;
  unsigned unused = 0;
  __asm__ volatile("rdpkru" : "=a"(all), "=d"(unused) : "c"(0));
  return all >> (2U * static_cast<unsigned>(key)) & 3U;
}

// V8 has a key of its own in the same register.
void CheckOthersKey() {
  int key = 0;
  const int others = AllocateKey();
  if (others < 0 || !sys::AllocateProtectionKey(&key).ok()) {
    Skip("needs protection keys");
  }
  EXPECT_EQUAL(RightsOf(key), kNoAccess);
  SetRights(others, kNoAccess);
  const std::uint32_t before = sys::OpenProtectionKey(key);
  EXPECT_EQUAL(RightsOf(key), 0);
  EXPECT_EQUAL(RightsOf(others), kNoAccess);
  SetRights(others, 0);
  sys::RestoreProtectionKey(key, before);
  EXPECT_EQUAL(RightsOf(key), kNoAccess);
  EXPECT_EQUAL(RightsOf(others), 0);
}
#else
void CheckClosedKey() { Skip("of x86-64"); }
void CheckOthersKey() { Skip("of x86-64"); }
#endif

const Test kClosedKey{"kernel: pages closed by a protection key are open to nobody", kMapsSecret,
                      CheckClosedKey};
const Test kOthersKey{
    "another's protection key is neither opened nor closed with ours", {}, CheckOthersKey};

}  // namespace
}  // namespace memfd_secret::test
