// What the kernel's own selftest of memfd_secret(2) checks, and the facts that src/sys rests on.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "harness.h"
#include "process.h"
#include "sys/pages.h"
#include "sys/secret_descriptor.h"

namespace memfd_secret::test {
namespace {

constexpr unsigned char kMark = 0xa5;

int OpenPage() {
  int descriptor = -1;
  EXPECT_OK(sys::OpenSecretDescriptor(sys::PageSize(), &descriptor));
  return descriptor;
}

void CheckFlags() {
  int descriptor = -1;
  EXPECT_STATUS(sys::MemfdSecret(FD_CLOEXEC, &descriptor), {sys::Call::kMemfdSecret, EINVAL});
  EXPECT_EQUAL(descriptor, -1);
  EXPECT_OK(sys::MemfdSecret(0, &descriptor));
  EXPECT_EQUAL(fcntl(descriptor, F_GETFD), 0);
  close(descriptor);
  EXPECT_OK(sys::MemfdSecret(O_CLOEXEC, &descriptor));
  EXPECT_EQUAL(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
  close(descriptor);
  descriptor = OpenPage();
  EXPECT_EQUAL(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
}

const Test kFlags{"kernel: O_CLOEXEC is a flag and FD_CLOEXEC is none", kMapsSecret, CheckFlags};

void CheckIdentity() {
  bool secret = false;
  std::size_t length = 0;
  EXPECT_OK(sys::IsSecretDescriptor(OpenPage(), &secret, &length));
  EXPECT(secret);
  EXPECT_EQUAL(length, sys::PageSize());
  int ends[2];
  EXPECT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  EXPECT_OK(sys::IsSecretDescriptor(ends[0], &secret, &length));
  EXPECT(!secret);
  const int ordinary = memfd_create("ordinary", MFD_CLOEXEC);
  EXPECT_OK(sys::IsSecretDescriptor(ordinary, &secret, &length));
  EXPECT(!secret);
  close(ordinary);
  EXPECT_STATUS(sys::IsSecretDescriptor(ordinary, &secret, &length), {sys::Call::kFstatfs, EBADF});
}

const Test kIdentity{"IsSecretDescriptor tells secret descriptors by their file system",
                     kMapsSecret, CheckIdentity};

void CheckResize() {
  const auto page = static_cast<off_t>(sys::PageSize());
  const int descriptor = OpenPage();
  for (const off_t length : {page * 2, page, off_t{0}}) {
    EXPECT_EQUAL(ftruncate(descriptor, length), -1);
    EXPECT_EQUAL(errno, EINVAL);
  }
}

const Test kResize{"kernel: a secret descriptor is sized once", kMapsSecret, CheckResize};

void CheckFileCalls() {
  const int descriptor = OpenPage();
  int ends[2];
  EXPECT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  unsigned char byte = 1;
  EXPECT_EQUAL(read(descriptor, &byte, 1), -1);
  EXPECT_EQUAL(errno, EINVAL);
  EXPECT_EQUAL(write(descriptor, &byte, 1), -1);
  EXPECT_EQUAL(errno, EINVAL);
  EXPECT_EQUAL(pread(descriptor, &byte, 1, 0), -1);
  EXPECT_EQUAL(errno, ESPIPE);
  EXPECT_EQUAL(pwrite(descriptor, &byte, 1, 0), -1);
  EXPECT_EQUAL(errno, ESPIPE);
  EXPECT_EQUAL(sendfile(ends[1], descriptor, nullptr, 1), -1);
  EXPECT_EQUAL(errno, EINVAL);
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  EXPECT_EQUAL(open(path, O_RDONLY | O_CLOEXEC), -1);
  EXPECT_EQUAL(errno, ENXIO);
  EXPECT_EQUAL(byte, 1);
}

const Test kFileCalls{"kernel: the descriptor is neither read nor written", kMapsSecret,
                      CheckFileCalls};

void CheckPrivate() {
  const int descriptor = OpenPage();
  EXPECT(mmap(nullptr, sys::PageSize(), PROT_READ, MAP_PRIVATE, descriptor, 0) == MAP_FAILED);
  EXPECT_EQUAL(errno, EINVAL);
  EXPECT(mmap(nullptr, sys::PageSize(), PROT_READ | PROT_EXEC, MAP_SHARED, descriptor, 0) ==
         MAP_FAILED);
  EXPECT_EQUAL(errno, EPERM);
}

const Test kPrivate{"kernel: MAP_PRIVATE and PROT_EXEC are refused", kMapsSecret, CheckPrivate};

// The victim's three pages: each kind of memory full of the mark.
struct Exposed {
  std::byte* ordinary;
  std::byte* locked;
  std::byte* secret;
};

void* Expose() {
  const std::size_t page = sys::PageSize();
  sys::Mapping locked;
  sys::Mapping secret;
  EXPECT_OK(sys::MapLockedPages(page, &locked));
  EXPECT_OK(sys::MapSecretPages(page, &secret));
  void* ordinary = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(ordinary != MAP_FAILED);
  for (void* memory :
       {ordinary, static_cast<void*>(locked.pages), static_cast<void*>(secret.pages)}) {
    std::memset(memory, kMark, page);
  }
  // On the stack of the victim, which never returns; the attacker reads the addresses like
  // everything else.
  static Exposed exposed;
  exposed = {static_cast<std::byte*>(ordinary), locked.pages, secret.pages};
  return &exposed;
}

// The bytes read, or -1 and errno.
ssize_t CopyFrom(pid_t victim, const void* from, void* to, std::size_t length) {
  const iovec local{to, length};
  const iovec remote{const_cast<void*>(from), length};
  return process_vm_readv(victim, &local, 1, &remote, 1, 0);
}

void AttackByCopy(const Victim& victim, const Exposed& exposed) {
  std::byte stolen[64];
  for (const std::byte* readable : {exposed.ordinary, exposed.locked}) {
    EXPECT_EQUAL(CopyFrom(victim.pid(), readable, stolen, sizeof stolen), sizeof stolen);
    EXPECT(AllBytesAre(stolen, sizeof stolen, kMark));
  }
  std::memset(stolen, 0, sizeof stolen);
  EXPECT_EQUAL(CopyFrom(victim.pid(), exposed.secret, stolen, sizeof stolen), -1);
  EXPECT_EQUAL(errno, EFAULT);
  EXPECT(AllBytesAre(stolen, sizeof stolen, 0));
  const iovec local{stolen, sizeof stolen};
  const iovec remote{exposed.secret, sizeof stolen};
  EXPECT_EQUAL(process_vm_writev(victim.pid(), &local, 1, &remote, 1, 0), -1);
  EXPECT_EQUAL(errno, EFAULT);
}

void AttackByFile(const Victim& victim, const Exposed& exposed) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/mem", static_cast<int>(victim.pid()));
  const int memory = open(path, O_RDWR | O_CLOEXEC);
  EXPECT(memory >= 0);
  std::byte stolen[64];
  for (const std::byte* readable : {exposed.ordinary, exposed.locked}) {
    EXPECT_EQUAL(pread(memory, stolen, sizeof stolen, reinterpret_cast<off_t>(readable)),
                 sizeof stolen);
    EXPECT(AllBytesAre(stolen, sizeof stolen, kMark));
  }
  EXPECT_EQUAL(pread(memory, stolen, sizeof stolen, reinterpret_cast<off_t>(exposed.secret)), -1);
  EXPECT_EQUAL(errno, EIO);
  EXPECT_EQUAL(pwrite(memory, stolen, sizeof stolen, reinterpret_cast<off_t>(exposed.secret)), -1);
  EXPECT_EQUAL(errno, EIO);
  close(memory);
}

long Peek(pid_t victim, const void* from) {
  errno = 0;
  return ptrace(PTRACE_PEEKDATA, victim, from, nullptr);
}

void AttackByTrace(const Victim& victim, const Exposed& exposed) {
  EXPECT_EQUAL(ptrace(PTRACE_ATTACH, victim.pid(), nullptr, nullptr), 0);
  int status = 0;
  EXPECT_EQUAL(waitpid(victim.pid(), &status, 0), victim.pid());
  EXPECT(WIFSTOPPED(status));
  long marks = 0;
  std::memset(&marks, kMark, sizeof marks);
  for (const std::byte* readable : {exposed.ordinary, exposed.locked}) {
    EXPECT_EQUAL(Peek(victim.pid(), readable), marks);
    EXPECT_EQUAL(errno, 0);
  }
  EXPECT_EQUAL(Peek(victim.pid(), exposed.secret), -1);
  EXPECT_EQUAL(errno, EIO);
  EXPECT_EQUAL(ptrace(PTRACE_POKEDATA, victim.pid(), exposed.secret, nullptr), -1);
  EXPECT_EQUAL(errno, EIO);
  EXPECT_EQUAL(ptrace(PTRACE_DETACH, victim.pid(), nullptr, nullptr), 0);
}

// Attacks that also try ordinary and locked memory, where they succeed: so a refusal is the secret
// memory's doing.
void Attack(void (*attack)(const Victim&, const Exposed&)) {
  const Victim victim(Expose);
  Exposed exposed{};
  if (CopyFrom(victim.pid(), victim.address(), &exposed, sizeof exposed) !=
      static_cast<ssize_t>(sizeof exposed)) {
    Skip("needs the right to read another process");
  }
  attack(victim, exposed);
}

constexpr Options kAsRoot{.user = User::kRoot, .secret = true, .memlock = 8 * kMebi};

const Test kCopyByRoot{"kernel: process_vm_readv and writev by root are EFAULT", kAsRoot,
                       [] { Attack(AttackByCopy); }};
const Test kFileByRoot{"kernel: /proc/PID/mem is EIO for root", kAsRoot,
                       [] { Attack(AttackByFile); }};
const Test kTraceByRoot{"kernel: PTRACE_PEEKDATA and POKEDATA by root are EIO", kAsRoot,
                        [] { Attack(AttackByTrace); }};
const Test kCopyByUser{"kernel: process_vm_readv and writev by the same user are EFAULT",
                       kMapsSecret, [] { Attack(AttackByCopy); }};
const Test kFileByUser{"kernel: /proc/PID/mem is EIO for the same user", kMapsSecret,
                       [] { Attack(AttackByFile); }};
const Test kTraceByUser{"kernel: PTRACE_PEEKDATA and POKEDATA by the same user are EIO",
                        kMapsSecret, [] { Attack(AttackByTrace); }};

void CheckPastTheEnd() {
  const std::size_t page = sys::PageSize();
  const int descriptor = OpenPage();
  void* pages = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  EXPECT(pages != MAP_FAILED);
  auto* past = static_cast<volatile char*>(pages) + page;
  const Death death = DeathOf([&] { *past = 1; });
  EXPECT_EQUAL(death.signal, SIGBUS);
  EXPECT_EQUAL(death.code, BUS_ADRERR);
  EXPECT(death.address == past);
}

const Test kPastTheEnd{"kernel: a touch past the end is SIGBUS", kMapsSecret, CheckPastTheEnd};

// 64 KiB are 16 pages of 4 KiB; where pages are larger, one.
constexpr Options kSmallLimit{.user = User::kAlone, .secret = true, .memlock = 64 * kKibi};

void CheckLimit() {
  const std::size_t page = sys::PageSize();
  sys::Mapping mappings[16];
  const std::size_t room = 64 * kKibi / page;
  for (std::size_t i = 0; i < room; ++i) {
    EXPECT_OK(sys::MapSecretPages(page, &mappings[i]));
  }
  const Footprint before = MeasureFootprint();
  sys::Mapping more;
  EXPECT(IsSecretLimit(sys::MapSecretPages(page, &more)));
  EXPECT(!more.mapped());
  EXPECT(MeasureFootprint() == before);
  EXPECT_OK(sys::Unmap(mappings[0]));
  EXPECT_OK(sys::MapSecretPages(page, &more));
  EXPECT(IsSecretLimit(sys::MapSecretPages(page, &mappings[0])));
}

const Test kLimit{"the limit is honoured to the page, and guards are not charged", kSmallLimit,
                  CheckLimit};

void CheckLimitAtOnce() {
  const Footprint before = MeasureFootprint();
  sys::Mapping mapping;
  EXPECT(IsSecretLimit(sys::MapSecretPages(64 * kKibi + sys::PageSize(), &mapping)));
  EXPECT(MeasureFootprint() == before);
  EXPECT_OK(sys::MapSecretPages(64 * kKibi, &mapping));
}

const Test kLimitAtOnce{"one mapping beyond the limit is refused whole", kSmallLimit,
                        CheckLimitAtOnce};

}  // namespace
}  // namespace memfd_secret::test
