#include <sys/ptrace.h>

#include <cerrno>
#include <cstring>

#include "attacks.h"
#include "memory_map.h"
#include "overwrite.h"
#include "ptrace_stop.h"
#include "search.h"

namespace memfd_secret::attacker {
namespace {

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

class PokeWriter : public Writer {
 public:
  explicit PokeWriter(pid_t pid) : pid_(pid) {}
  // Whole words only: what lies behind the range must stay as it is.
  ssize_t Write(uint64_t address, const void* from, size_t length) override {
    const char* in = static_cast<const char*>(from);
    size_t done = 0;
    while (done + sizeof(long) <= length) {
      long word = 0;
      memcpy(&word, in + done, sizeof word);
      if (ptrace(PTRACE_POKEDATA, pid_, static_cast<uintptr_t>(address + done), word) != 0) {
        return done == 0 ? -1 : static_cast<ssize_t>(done);
      }
      done += sizeof word;
    }
    return static_cast<ssize_t>(done);
  }

 private:
  pid_t pid_;
};

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

bool AttackPtracePeek(const Request& request, Result* result) {
  Result found;
  if (!AttackProcessVmReadv(request, &found)) {
    return result->Fail(found.impossible, found.impossible_errno);
  }
  std::vector<Mapping> mappings;
  const int error = ReadMemoryMap(request.pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  PtraceStop stop;
  if (!stop.Stop(request.pid, result)) return false;
  PeekReader reader(request.pid);
  SearchMappings(PagesToPeek(mappings, found, request.needles), request.needles, &reader, result);
  return true;
}

bool AttackPtracePoke(const Request& request, Result* result) {
  PtraceStop stop;
  if (!stop.Stop(request.pid, result)) return false;
  PokeWriter writer(request.pid);
  Overwrite(request.ranges, &writer, result);
  return true;
}

}  // namespace memfd_secret::attacker
