#include "search_descriptor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "search.h"

namespace memfd_secret::attacker {
namespace {

constexpr size_t kChunk = 1 << 20;
// Of a device or a file without a size: enough to show that nothing is there.
constexpr uint64_t kUnknownSize = 1 << 20;
constexpr uint64_t kLargestMap = 64 << 20;

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

}  // namespace

int SearchByPread(int fd, const std::string& name, uint64_t limit, bool skip_holes,
                  const std::vector<Needle>& needles, Result* result) {
  Searcher searcher(needles, result);
  std::vector<char> buffer(kChunk);
  uint64_t at = 0;
  bool restart = true;
  while (at < limit) {
    // Core dumps are mostly holes. A file system without SEEK_DATA reports no hole.
    const off_t data = skip_holes ? lseek(fd, static_cast<off_t>(at), SEEK_DATA) : 0;
    if (data < 0 && errno == ENXIO) break;
    if (data > static_cast<off_t>(at)) {
      at = static_cast<uint64_t>(data);
      restart = true;
    }
    if (restart) searcher.Restart(at, name, false);
    restart = false;
    const size_t want = static_cast<size_t>(std::min<uint64_t>(kChunk, limit - at));
    const ssize_t got = pread(fd, buffer.data(), want, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    searcher.Feed(buffer.data(), static_cast<size_t>(got));
    result->bytes_read += static_cast<uint64_t>(got);
    at += static_cast<uint64_t>(got);
  }
  return 0;
}

void SearchDescriptor(int fd, const std::string& name, const std::vector<Needle>& needles,
                      Result* result) {
  struct stat status;
  const uint64_t size =
      fstat(fd, &status) == 0 && status.st_size > 0 ? static_cast<uint64_t>(status.st_size) : 0;
  SearchByMmap(fd, name, size, needles, result);
  // Pipes, sockets and secret memory refuse pread; that is one way less, not a failure of the
  // attack.
  (void)SearchByPread(fd, name, size == 0 ? kUnknownSize : size, false, needles, result);
}

}  // namespace memfd_secret::attacker
