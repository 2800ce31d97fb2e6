#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "attacks.h"
#include "memory_map.h"
#include "overwrite.h"
#include "search.h"

namespace memfd_secret::attacker {
namespace {

// -1 with errno set.
int OpenMemory(pid_t pid, int flags) {
  return open(("/proc/" + std::to_string(pid) + "/mem").c_str(), flags | O_CLOEXEC);
}

class ProcMemReader : public Reader {
 public:
  explicit ProcMemReader(int fd) : fd_(fd) {}
  ssize_t Read(uint64_t address, void* into, size_t length) override {
    return pread(fd_, into, length, static_cast<off_t>(address));
  }

 private:
  int fd_;
};

class ProcMemWriter : public Writer {
 public:
  explicit ProcMemWriter(int fd) : fd_(fd) {}
  ssize_t Write(uint64_t address, const void* from, size_t length) override {
    return pwrite(fd_, from, length, static_cast<off_t>(address));
  }

 private:
  int fd_;
};

}  // namespace

bool AttackProcMem(const Request& request, Result* result) {
  std::vector<Mapping> mappings;
  const int error = ReadMemoryMap(request.pid, &mappings);
  if (error != 0) return result->Fail("/proc/PID/smaps", error);
  const int fd = OpenMemory(request.pid, O_RDONLY);
  if (fd < 0) return result->Fail("/proc/PID/mem", errno);
  ProcMemReader reader(fd);
  SearchMappings(mappings, request.needles, &reader, result);
  close(fd);
  return true;
}

bool AttackProcMemWrite(const Request& request, Result* result) {
  const int fd = OpenMemory(request.pid, O_RDWR);
  if (fd < 0) return result->Fail("/proc/PID/mem", errno);
  ProcMemWriter writer(fd);
  Overwrite(request.ranges, &writer, result);
  close(fd);
  return true;
}

}  // namespace memfd_secret::attacker
