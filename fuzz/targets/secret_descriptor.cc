// Whether a descriptor is of memfd_secret, and mapping it: of many kinds and sizes.
#include "sys/secret_descriptor.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "support/check.h"
#include "support/input.h"
#include "support/process_state.h"
#include "support/target.h"
#include "sys/fork_mark.h"
#include "sys/pages.h"

namespace memfd_secret::fuzz {
namespace {

constexpr std::size_t kMostPages = 4;
constexpr unsigned kRunsBetweenLooks = 64;

// A descriptor that the input chose. expected: what the kernel was asked for.
struct Subject {
  int descriptor = -1;
  bool secret = false;
  bool open = true;
  bool file = false;  // can be given a size, and mapped
};

int Opened(const char* path, int flags) noexcept { return open(path, flags | O_CLOEXEC); }

int OneOf(int (*pair)[2], int ended) noexcept {
  if (ended != 0) {
    return -1;
  }
  close((*pair)[1]);
  return (*pair)[0];
}

int MakeOther(std::size_t kind) noexcept {
  int pair[2] = {-1, -1};
  switch (kind) {
    case 0:
      return OneOf(&pair, pipe2(pair, O_CLOEXEC));
    case 1:
      return OneOf(&pair, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    case 2:
      return eventfd(0, EFD_CLOEXEC);
    case 3:
      return Opened("/dev/zero", O_RDWR);
    case 4:
      return Opened("/", O_RDONLY | O_DIRECTORY);
    case 5:
      return Opened("/proc/self/maps", O_RDONLY);
    default:
      return Opened("/", O_PATH);
  }
}

constexpr std::size_t kOthers = 7;

Subject MakeClosed(Input* input) noexcept {
  static constexpr int kNumbers[] = {-1, INT_MIN, INT_MAX, 1'000'000, -100};
  return {.descriptor = kNumbers[input->Below(sizeof(kNumbers) / sizeof(kNumbers[0]))],
          .open = false};
}

Subject Make(Input* input) noexcept {
  Subject subject;
  const std::size_t kind = input->Below(8);
  if (kind < 4 && HasMemfdSecret()) {
    CHECK_OK(sys::MemfdSecret(O_CLOEXEC, &subject.descriptor));
    subject.secret = true;
    subject.file = true;
  } else if (kind < 6) {
    subject.descriptor = memfd_create("fuzz", MFD_CLOEXEC);
    subject.file = true;
  } else if (kind < 7) {
    subject.descriptor = MakeOther(input->Below(kOthers));
  } else {
    return MakeClosed(input);
  }
  CHECK(subject.descriptor >= 0);
  return subject;
}

void CheckKind(const Subject& subject, std::size_t size) {
  bool secret = !subject.secret;
  std::size_t length = SIZE_MAX;
  const sys::Status status = sys::IsSecretDescriptor(subject.descriptor, &secret, &length);
  if (!subject.open) {
    CHECK(status.call == sys::Call::kFstatfs && status.error == EBADF);
    CHECK(secret && length == SIZE_MAX);
    return;
  }
  CHECK_OK(status);
  CHECK(secret == subject.secret);
  struct stat file{};
  CHECK(fstat(subject.descriptor, &file) == 0);
  CHECK(length == static_cast<std::size_t>(file.st_size));
  CHECK(!subject.file || length == size);
}

// A size, perhaps a second one: that of memfd_secret can be set once.
std::size_t Resize(const Subject& subject, Input* input) {
  std::size_t size = 0;
  for (std::size_t times = input->Below(3); times > 0; --times) {
    const std::size_t wanted = input->Number() % (kMostPages * sys::PageSize() + 1);
    const bool done = ftruncate(subject.descriptor, static_cast<off_t>(wanted)) == 0;
    CHECK(done || (subject.secret && errno == EINVAL && size != 0));
    size = done ? wanted : size;
    CheckKind(subject, size);
  }
  return size;
}

void CheckPages(const Subject& subject, const sys::Mapping& mapping, std::uint8_t value) {
  CHECK(!sys::Prefault(mapping.pages - sys::PageSize(), sys::PageSize()).ok());
  CHECK(!sys::Prefault(mapping.pages + mapping.length, sys::PageSize()).ok());
  const auto* pages = mapping.pages;
  CHECK(std::all_of(pages, pages + mapping.length, [](std::byte b) { return b == std::byte{0}; }));
  std::memset(mapping.pages, value, mapping.length);
  // A second mapping shows the same file; read(2) shows nothing of secret memory.
  sys::Mapping second;
  CHECK_OK(sys::MapSecretDescriptor(subject.descriptor, mapping.length, &second));
  CHECK(std::memcmp(mapping.pages, second.pages, mapping.length) == 0);
  CHECK_OK(sys::Unmap(second));
  std::uint8_t byte = 0;
  CHECK((pread(subject.descriptor, &byte, 1, 0) == 1) == !subject.secret);
}

void MapIt(const Subject& subject, std::size_t size, Input* input) {
  const std::size_t length = input->Below(kMostPages + 2) * sys::PageSize();
  sys::Mapping mapping;
  const sys::Status status = sys::MapSecretDescriptor(subject.descriptor, length, &mapping);
  if (length == 0 || !subject.open) {
    CHECK(!status.ok() || (subject.descriptor < 0 && length > 0));
  } else if (subject.file) {
    // Past the end of the file it is an error, never SIGBUS.
    CHECK(status.ok() == (length <= sys::RoundUpToPages(size)));
    CHECK(status.ok() || (status.call == sys::Call::kPrefault && status.error == EFAULT));
  }
  CHECK(status.ok() == mapping.mapped());
  if (status.ok()) {
    CHECK(mapping.length == length);
    if (subject.file) {
      CheckPages(subject, mapping, input->Byte());
    }
    CHECK_OK(sys::Unmap(mapping));
  }
}

void Run(const std::uint8_t* bytes, std::size_t length) {
  Input input(bytes, length);
  CHECK_OK(sys::MarkOwner());
  const std::size_t before = OpenDescriptors();
  const Subject subject = Make(&input);
  CheckKind(subject, 0);
  const std::size_t size = subject.file ? Resize(subject, &input) : 0;
  MapIt(subject, size, &input);
  CheckKind(subject, size);
  if (subject.open) {
    CHECK(close(subject.descriptor) == 0);
  }
  CHECK(OpenDescriptors() == before);
  static unsigned runs = 0;
  if (runs++ % kRunsBetweenLooks == 0) {
    CHECK(SecretMappings() == 0);
  }
}

const Target kTarget{"secret_descriptor", Run};

}  // namespace
}  // namespace memfd_secret::fuzz
