#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "attacks.h"
#include "memory_map.h"
#include "search.h"

namespace memfd_secret::attacker {
namespace {

class ProcMemReader : public Reader {
 public:
  explicit ProcMemReader(int fd) : fd_(fd) {}
  ssize_t Read(uint64_t address, void* into, size_t length) override {
    return pread(fd_, into, length, static_cast<off_t>(address));
  }

 private:
  int fd_;
};

class ProcessVmReader : public Reader {
 public:
  explicit ProcessVmReader(pid_t pid) : pid_(pid) {}
  ssize_t Read(uint64_t address, void* into, size_t length) override {
    const iovec local = {into, length};
    const iovec remote = {reinterpret_cast<void*>(static_cast<uintptr_t>(address)), length};
    return process_vm_readv(pid_, &local, 1, &remote, 1, 0);
  }

 private:
  pid_t pid_;
};

class PeekReader : public Reader {
 public:
  explicit PeekReader(pid_t pid) : pid_(pid) {}
  // The address is a multiple of a page: words never straddle one.
  ssize_t Read(uint64_t address, void* into, size_t length) override {
    char* out = static_cast<char*>(into);
    size_t done = 0;
    while (done + sizeof(long) <= length) {
      errno = 0;
      // -1 is a legal word, so errno alone tells a failure (ptrace(2)).
      const long word = ptrace(PTRACE_PEEKDATA, pid_, static_cast<uintptr_t>(address + done), 0);
      if (errno != 0) return done == 0 ? -1 : static_cast<ssize_t>(done);
      memcpy(out + done, &word, sizeof word);
      done += sizeof word;
    }
    return static_cast<ssize_t>(done);
  }

 private:
  pid_t pid_;
};

bool StopByPtrace(pid_t pid, Result* result) {
  // PTRACE_SEIZE, not ATTACH: no SIGSTOP is left pending in the victim if this program dies.
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0) return result->Fail("ptrace", errno);
  if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0) return result->Fail("ptrace", errno);
  int status = 0;
  while (waitpid(pid, &status, __WALL) != pid) {
    if (errno != EINTR) return result->Fail("waitpid", errno);
  }
  return WIFSTOPPED(status) ? true : result->Fail("ptrace", ESRCH);
}

// The pages of `mappings` that are worth 512 system calls each.
std::vector<Mapping> PagesToPeek(const std::vector<Mapping>& mappings, const Result& found,
                                 const std::vector<Needle>& needles) {
  const uint64_t page = PageSize();
  std::vector<Mapping> pages;
  for (const Mapping& mapping : mappings) {
    if (mapping.HoldsSecrets()) pages.push_back(mapping);
  }
  for (const Hit& hit : found.hits) {
    if (hit.in_secret) continue;
    Mapping piece;
    piece.start = hit.address / page * page;
    piece.end = (hit.address + needles[hit.needle].bytes.size() + page - 1) / page * page;
    piece.readable = true;
    piece.name = hit.where;
    pages.push_back(piece);
  }
  return pages;
}

}  // namespace

bool AttackProcMem(pid_t pid, const std::vector<Needle>& needles, Result* result) {
  std::vector<Mapping> mappings;
  const int error = ReadMemoryMap(pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  const int fd = open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return result->Fail("/proc/PID/mem", errno);
  ProcMemReader reader(fd);
  SearchMappings(mappings, needles, &reader, result);
  close(fd);
  return true;
}

bool AttackProcessVmReadv(pid_t pid, const std::vector<Needle>& needles, Result* result) {
  std::vector<Mapping> mappings;
  const int error = ReadMemoryMap(pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  ProcessVmReader reader(pid);
  // EPERM and ENOSYS are about the call, not about one page: asked once, at a page that is surely
  // there.
  char byte = 0;
  for (const Mapping& mapping : mappings) {
    if (!mapping.readable || mapping.HoldsSecrets()) continue;
    if (reader.Read(mapping.start, &byte, 1) < 0 && errno != EFAULT) {
      return result->Fail("process_vm_readv", errno);
    }
    break;
  }
  SearchMappings(mappings, needles, &reader, result);
  return true;
}

bool AttackPtrace(pid_t pid, const std::vector<Needle>& needles, Result* result) {
  Result found;
  if (!AttackProcessVmReadv(pid, needles, &found)) {
    return result->Fail(found.impossible, found.impossible_errno);
  }
  std::vector<Mapping> mappings;
  const int error = ReadMemoryMap(pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  if (!StopByPtrace(pid, result)) return false;
  PeekReader reader(pid);
  SearchMappings(PagesToPeek(mappings, found, needles), needles, &reader, result);
  if (ptrace(PTRACE_DETACH, pid, 0, 0) != 0) return result->Fail("ptrace", errno);
  return true;
}

bool ListSecretMappings(pid_t pid, Result* result) {
  std::vector<Mapping> mappings;
  const int error = ReadMemoryMap(pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  for (const Mapping& mapping : mappings) {
    if (!mapping.HoldsSecrets()) continue;
    result->secret_pages += (mapping.end - mapping.start) / PageSize();
    result->secret_mappings.push_back({mapping.start, mapping.end, mapping.name});
  }
  return true;
}

}  // namespace memfd_secret::attacker
