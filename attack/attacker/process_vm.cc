#include <sys/uio.h>

#include <cerrno>

#include "attacks.h"
#include "memory_map.h"
#include "overwrite.h"
#include "search.h"

namespace memfd_secret::attacker {
namespace {

void* ToPointer(uint64_t address) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(address));
}

class ProcessVmReader : public Reader {
 public:
  explicit ProcessVmReader(pid_t pid) : pid_(pid) {}
  ssize_t Read(uint64_t address, void* into, size_t length) override {
    const iovec local = {into, length};
    const iovec remote = {ToPointer(address), length};
    return process_vm_readv(pid_, &local, 1, &remote, 1, 0);
  }

 private:
  pid_t pid_;
};

class ProcessVmWriter : public Writer {
 public:
  explicit ProcessVmWriter(pid_t pid) : pid_(pid) {}
  ssize_t Write(uint64_t address, const void* from, size_t length) override {
    const iovec local = {const_cast<void*>(from), length};
    const iovec remote = {ToPointer(address), length};
    return process_vm_writev(pid_, &local, 1, &remote, 1, 0);
  }

 private:
  pid_t pid_;
};

// EPERM and ENOSYS are about the call, not about one page: asked once, at a page that is surely
// there.
int RightToRead(const std::vector<Mapping>& mappings, Reader* reader) {
  char byte = 0;
  for (const Mapping& mapping : mappings) {
    if (!mapping.readable || mapping.HoldsSecrets()) continue;
    return reader->Read(mapping.start, &byte, 1) < 0 && errno != EFAULT ? errno : 0;
  }
  return 0;
}

}  // namespace

bool AttackProcessVmReadv(const Request& request, Result* result) {
  std::vector<Mapping> mappings;
  int error = ReadMemoryMap(request.pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  ProcessVmReader reader(request.pid);
  error = RightToRead(mappings, &reader);
  if (error != 0) return result->Fail("process_vm_readv", error);
  SearchMappings(mappings, request.needles, &reader, result);
  return true;
}

bool AttackProcessVmWritev(const Request& request, Result* result) {
  std::vector<Mapping> mappings;
  int error = ReadMemoryMap(request.pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  ProcessVmReader reader(request.pid);
  error = RightToRead(mappings, &reader);
  if (error != 0) return result->Fail("process_vm_writev", error);
  ProcessVmWriter writer(request.pid);
  Overwrite(request.ranges, &writer, result);
  return true;
}

}  // namespace memfd_secret::attacker
