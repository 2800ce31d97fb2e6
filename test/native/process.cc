#include "process.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "harness.h"

namespace memfd_secret::test {
namespace {

constinit int death_pipe = -1;

void TellDeath(int signal, siginfo_t* info, void* /*context*/) {
  const Death death{signal, info->si_code, info->si_addr};
  if (write(death_pipe, &death, sizeof death) != static_cast<ssize_t>(sizeof death)) {
    _exit(3);
  }
  // Kept pending until the handler returns, then with its default action (SA_RESETHAND): the parent
  // sees it too.
  raise(signal);
}

int WaitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    EXPECT_EQUAL(errno, EINTR);
  }
  return status;
}

template <typename Visit>
void EachLine(const char* path, Visit visit) {
  FILE* file = std::fopen(path, "re");
  EXPECT(file != nullptr);
  char line[4096];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    line[std::strcspn(line, "\n")] = '\0';
    visit(line);
  }
  std::fclose(file);
}

bool ReadRegion(const char* line, Region* region) {
  char permissions[8] = "";
  int name_at = 0;
  if (std::sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &region->from, &region->to, permissions,
                  &name_at) != 3) {
    return false;
  }
  region->permissions = permissions;
  region->name = line + name_at;
  return true;
}

}  // namespace

void InFork(const std::function<void()>& body) {
  const pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    body();
    _exit(0);
  }
  const int status = WaitFor(child);
  if (HasFailed()) {
    _exit(1);
  }
  EXPECT_EQUAL(WIFSIGNALED(status) ? WTERMSIG(status) : 0, 0);
  EXPECT_EQUAL(WEXITSTATUS(status), 0);
}

Death DeathOf(const std::function<void()>& body) {
  int ends[2];
  EXPECT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    death_pipe = ends[1];
    struct sigaction action{};
    action.sa_sigaction = TellDeath;
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND);
    for (const int signal : {SIGSEGV, SIGBUS, SIGSYS}) {
      EXPECT_EQUAL(sigaction(signal, &action, nullptr), 0);
    }
    body();
    _exit(0);
  }
  close(ends[1]);
  const int status = WaitFor(child);
  Death death;
  const ssize_t got = read(ends[0], &death, sizeof death);
  close(ends[0]);
  if (HasFailed()) {
    _exit(1);
  }
  EXPECT(WIFSIGNALED(status));
  EXPECT_EQUAL(got, sizeof death);
  EXPECT_EQUAL(WTERMSIG(status), death.signal);
  return death;
}

Victim::Victim(const std::function<void*()>& prepare) {
  int ends[2];
  EXPECT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
  pid_ = fork();
  EXPECT(pid_ >= 0);
  if (pid_ == 0) {
    void* address = prepare();
    EXPECT_EQUAL(write(ends[1], &address, sizeof address), sizeof address);
    for (;;) {
      pause();
    }
  }
  close(ends[1]);
  const ssize_t got = read(ends[0], &address_, sizeof address_);
  close(ends[0]);
  if (HasFailed()) {
    _exit(1);
  }
  EXPECT_EQUAL(got, sizeof address_);
}

Victim::~Victim() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

namespace {

// By getdents64(2), since to ask for each number that there may be takes thousands of system calls.
std::size_t CountDescriptors() {
  const int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT(folder >= 0);
  std::size_t count = 0;
  alignas(8) char buffer[4096];
  for (long got = 0; (got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0;) {
    for (long at = 0; at < got; ++count) {
      // struct linux_dirent64: two 64-bit numbers, then the length of the entry.
      std::uint16_t length = 0;
      std::memcpy(&length, buffer + at + 16, sizeof length);
      at += length;
    }
  }
  close(folder);
  return count;
}

}  // namespace

Footprint MeasureFootprint() {
  Footprint footprint;
  footprint.descriptors = CountDescriptors();
  // By hand and on the stack: stdio and strings would map memory of their own.
  const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  EXPECT(maps >= 0);
  char text[512];
  std::size_t length = 0;
  char one = 0;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(maps, buffer, sizeof buffer)) > 0;) {
    for (ssize_t i = 0; i < got; ++i) {
      one = buffer[i];
      if (one != '\n') {
        if (length < sizeof text - 1) {
          text[length++] = one;
        }
        continue;
      }
      text[length] = '\0';
      length = 0;
      if (std::strstr(text, "[stack]") != nullptr || std::strstr(text, "[heap]") != nullptr) {
        continue;
      }
      if (kSanitized && std::strstr(text, "/secretmem") == nullptr) {
        continue;
      }
      char* end = nullptr;
      const std::size_t from = std::strtoul(text, &end, 16);
      footprint.bytes += std::strtoul(end + 1, nullptr, 16) - from;
      ++footprint.mappings;
    }
  }
  close(maps);
  const int status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  EXPECT(status >= 0);
  const ssize_t got = read(status, buffer, sizeof buffer - 1);
  EXPECT(got > 0);
  close(status);
  buffer[got] = '\0';
  const char* locked = std::strstr(buffer, "VmLck:");
  EXPECT(locked != nullptr);
  footprint.locked = std::strtoul(locked + 6, nullptr, 10) * kKibi;
  return footprint;
}

Region RegionAt(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  Region found;
  bool inside = false;
  EachLine("/proc/self/smaps", [&](const char* line) {
    Region region;
    if (ReadRegion(line, &region)) {
      inside = region.from <= at && at < region.to;
      if (inside) {
        found = region;
      }
    } else if (inside && std::strncmp(line, "VmFlags:", 8) == 0) {
      found.flags = line + 8;
    }
  });
  return found;
}

std::size_t SecretBytes() {
  std::size_t bytes = 0;
  EachLine("/proc/self/maps", [&](const char* line) {
    Region region;
    if (ReadRegion(line, &region) && region.name == "/secretmem (deleted)") {
      bytes += region.to - region.from;
    }
  });
  return bytes;
}

bool IsSecretLimit(const sys::Status& status) noexcept {
  const bool at_mmap = status.call == sys::Call::kMmap && status.error == EAGAIN;
  const bool at_touch = status.call == sys::Call::kPrefault && status.error == EFAULT;
  return at_mmap || at_touch;
}

void SetSoftLimit(int resource, std::size_t limit) {
  rlimit old{};
  // glibc's enumeration of resources is a type of C++ only there.
  const auto which = static_cast<decltype(RLIMIT_MEMLOCK)>(resource);
  EXPECT_EQUAL(getrlimit(which, &old), 0);
  const rlimit wanted{limit, old.rlim_max};
  EXPECT_EQUAL(setrlimit(which, &wanted), 0);
}

void Refuse(const Refusal& refusal) {
  const auto answer = refusal.error != 0 ? SECCOMP_RET_ERRNO | static_cast<unsigned>(refusal.error)
                                         : refusal.action;
  // The low half of the argument holds all flags; s390x stores it second.
  const unsigned low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
  const auto argument = static_cast<unsigned>(refusal.argument < 0 ? 0 : refusal.argument);
  const unsigned offset = offsetof(seccomp_data, args) + 8 * argument + low;
  const unsigned mask = refusal.argument < 0 ? 0 : refusal.mask;
  const unsigned value = refusal.argument < 0 ? 0 : refusal.value;
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(refusal.number), 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  EXPECT_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  EXPECT_EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
}

bool AllBytesAre(const std::byte* from, std::size_t length, unsigned char value) {
  for (std::size_t i = 0; i < length; ++i) {
    if (from[i] != static_cast<std::byte>(value)) {
      return false;
    }
  }
  return true;
}

}  // namespace memfd_secret::test
