#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "attempt.h"

namespace memfd_secret::inside {
namespace {

// A ring for one request at a time, without liburing.
class Ring {
 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    if (requests_ != MAP_FAILED) munmap(requests_, parameters_.sq_entries * sizeof(io_uring_sqe));
    if (rings_ != MAP_FAILED) munmap(rings_, length_);
    if (fd_ >= 0) close(fd_);
  }

  // 0 or an errno.
  int Open() {
    fd_ = static_cast<int>(syscall(SYS_io_uring_setup, 1U, &parameters_));
    if (fd_ < 0) return errno;
    // Since 5.4 both rings are one mapping.
    if ((parameters_.features & IORING_FEAT_SINGLE_MMAP) == 0) return ENOSYS;
    const size_t submissions = parameters_.sq_off.array + parameters_.sq_entries * sizeof(__u32);
    const size_t completions =
        parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe);
    length_ = submissions > completions ? submissions : completions;
    rings_ = Map(length_, IORING_OFF_SQ_RING);
    requests_ = Map(parameters_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
    return rings_ == MAP_FAILED || requests_ == MAP_FAILED ? errno : 0;
  }

  int RegisterBuffer(const iovec& buffer) {
    return syscall(SYS_io_uring_register, fd_, IORING_REGISTER_BUFFERS, &buffer, 1U) == 0 ? 0
                                                                                          : errno;
  }
  void UnregisterBuffer() {
    syscall(SYS_io_uring_register, fd_, IORING_UNREGISTER_BUFFERS, nullptr, 0U);
  }

  // Bytes written, or a negative errno.
  int WriteFixed(int file, const iovec& buffer, uint64_t offset) {
    io_uring_sqe* request = static_cast<io_uring_sqe*>(requests_);
    memset(request, 0, sizeof *request);
    request->opcode = IORING_OP_WRITE_FIXED;
    request->fd = file;
    request->off = offset;
    request->addr = reinterpret_cast<uintptr_t>(buffer.iov_base);
    request->len = static_cast<__u32>(buffer.iov_len);
    request->buf_index = 0;
    *Word(parameters_.sq_off.array) = 0;
    Bump(parameters_.sq_off.tail);
    if (syscall(SYS_io_uring_enter, fd_, 1U, 1U, IORING_ENTER_GETEVENTS, nullptr, 0UL) < 0) {
      return -errno;
    }
    const __u32 head = *Word(parameters_.cq_off.head);
    const auto* done = reinterpret_cast<const io_uring_cqe*>(Byte(parameters_.cq_off.cqes));
    const int outcome = done[head & (parameters_.cq_entries - 1)].res;
    Bump(parameters_.cq_off.head);
    return outcome;
  }

 private:
  void* Map(size_t length, off_t what) {
    return mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, what);
  }
  char* Byte(__u32 offset) { return static_cast<char*>(rings_) + offset; }
  __u32* Word(__u32 offset) { return reinterpret_cast<__u32*>(Byte(offset)); }
  // The kernel reads these: what was written before must be seen before.
  void Bump(__u32 offset) { std::atomic_ref<__u32>(*Word(offset)).fetch_add(1); }

  int fd_ = -1;
  io_uring_params parameters_ = {};
  void* rings_ = MAP_FAILED;
  void* requests_ = MAP_FAILED;
  size_t length_ = 0;
};

}  // namespace

void WriteRegistered(const std::vector<Pages>& ranges, const char* path, Attempt* attempt) {
  Ring ring;
  const int error = ring.Open();
  if (error != 0) return attempt->Impossible("io_uring_setup", error);
  const int file = CreateFile(path, 0);
  if (file < 0) return attempt->Impossible("open of the file", errno);
  const size_t page = PageSize();
  for (const Pages& range : ranges) {
    for (uint64_t at = range.start; at < range.end; at += page) {
      attempt->tried += 1;
      const iovec buffer = {ToPointer(at), page};
      const int refusal = ring.RegisterBuffer(buffer);
      if (refusal != 0) {
        attempt->Refuse(refusal);
        continue;
      }
      const int written = ring.WriteFixed(file, buffer, attempt->bytes);
      if (written < 0) attempt->Refuse(-written);
      if (written > 0) attempt->bytes += static_cast<uint64_t>(written);
      ring.UnregisterBuffer();
    }
  }
  close(file);
}

}  // namespace memfd_secret::inside
