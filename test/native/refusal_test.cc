// Each system call that a mapping is made of, refused: the failure is told exactly, and all is
// given back.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "harness.h"
#include "process.h"
#include "sys/call_numbers.h"
#include "sys/pages.h"
#include "sys/secret_descriptor.h"

namespace memfd_secret::test {
namespace {

constexpr unsigned kFlagsArgument = 3;  // of mmap
constexpr unsigned kNoReplace = 0x100000;
constexpr unsigned kGuardFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | kNoReplace;
constexpr unsigned kGapFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
constexpr unsigned kLockedFlags = MAP_PRIVATE | MAP_ANONYMOUS | kNoReplace;
constexpr unsigned kSecretFlags = MAP_SHARED | kNoReplace;

using Map = sys::Status (*)(std::size_t, sys::Mapping*) noexcept;

struct Case {
  Refusal refusal;
  sys::Status expected;
};

Refusal RefuseMmap(unsigned flags, int error) {
  return {
      .number = SYS_mmap, .error = error, .argument = kFlagsArgument, .mask = ~0U, .value = flags};
}

void ExpectRefused(Map map, const Case& one) {
  InFork([&] {
    const Footprint before = MeasureFootprint();
    Refuse(one.refusal);
    sys::Mapping mapping;
    EXPECT_STATUS(map(3 * sys::PageSize(), &mapping), one.expected);
    EXPECT(!mapping.mapped());
    EXPECT(MeasureFootprint() == before);
  });
}

void CheckSecret() {
  const Case cases[] = {
      {{.number = sys::kMemfdSecretNumber, .error = ENOSYS}, {sys::Call::kMemfdSecret, ENOSYS}},
      {{.number = sys::kMemfdSecretNumber, .error = EPERM}, {sys::Call::kMemfdSecret, EPERM}},
      {{.number = sys::kMemfdSecretNumber, .error = ENFILE}, {sys::Call::kMemfdSecret, ENFILE}},
      {{.number = SYS_ftruncate, .error = EIO}, {sys::Call::kFtruncate, EIO}},
      {RefuseMmap(kGapFlags, ENOMEM), {sys::Call::kMmap, ENOMEM}},
      {RefuseMmap(kSecretFlags, EAGAIN), {sys::Call::kMmap, EAGAIN}},
      {RefuseMmap(kSecretFlags, EEXIST), {sys::Call::kMmap, EEXIST}},
      {RefuseMmap(kGuardFlags, ENOMEM), {sys::Call::kMmap, ENOMEM}},
      {RefuseMmap(kGuardFlags, EEXIST), {sys::Call::kMmap, EEXIST}},
      {{.number = SYS_madvise, .error = EINVAL}, {sys::Call::kMadvise, EINVAL}},
      // What a kernel that counts at the first touch answers at the limit.
      {{.number = SYS_epoll_ctl, .error = EFAULT}, {sys::Call::kPrefault, EFAULT}},
      {{.number = SYS_epoll_ctl, .error = EPERM}, {sys::Call::kPrefault, EPERM}},
  };
  for (const Case& one : cases) {
    ExpectRefused(sys::MapSecretPages, one);
  }
}

const Test kSecret{"secret pages: each refused call is told and leaves nothing", kMapsSecret,
                   CheckSecret};

void CheckLocked() {
  const auto advice = [](unsigned value) {
    return Refusal{
        .number = SYS_madvise, .error = EINVAL, .argument = 2, .mask = ~0U, .value = value};
  };
  const Case cases[] = {
      {RefuseMmap(kGapFlags, ENOMEM), {sys::Call::kMmap, ENOMEM}},
      {RefuseMmap(kLockedFlags, EPERM), {sys::Call::kMmap, EPERM}},
      {RefuseMmap(kGuardFlags, ENOMEM), {sys::Call::kMmap, ENOMEM}},
      {advice(MADV_DONTDUMP), {sys::Call::kMadvise, EINVAL}},
      {advice(MADV_DONTFORK), {sys::Call::kMadvise, EINVAL}},
      {{.number = SYS_mlock, .error = EAGAIN}, {sys::Call::kMlock, EAGAIN}},
  };
  for (const Case& one : cases) {
    ExpectRefused(sys::MapLockedPages, one);
  }
}

const Test kLocked{"locked pages: each refused call is told and leaves nothing",
                   {.memlock = 8 * kMebi, .real_mlock = true},
                   CheckLocked};

void CheckReplace() {
  const auto expect = [](const Refusal& refusal, const sys::Status& expected) {
    InFork([&] {
      sys::Mapping mapping;
      EXPECT_OK(sys::MapSecretPages(sys::PageSize(), &mapping));
      const Footprint before = MeasureFootprint();
      Refuse(refusal);
      EXPECT_STATUS(sys::ReplaceByZeroPages(mapping), expected);
      EXPECT(kSanitized || MeasureFootprint().bytes == before.bytes);
    });
  };
  expect(RefuseMmap(kGapFlags | MAP_FIXED, ENOMEM), {sys::Call::kMmap, ENOMEM});
  for (const unsigned value : {MADV_DONTDUMP, MADV_DONTFORK}) {
    expect({.number = SYS_madvise, .error = EINVAL, .argument = 2, .mask = ~0U, .value = value},
           {sys::Call::kMadvise, EINVAL});
  }
}

const Test kReplace{"zero pages: each refused call is told", kMapsSecret, CheckReplace};

void CheckUnmap() {
  sys::Mapping mapping;
  EXPECT_OK(sys::MapSecretPages(sys::PageSize(), &mapping));
  Refuse({.number = SYS_munmap, .error = ENOMEM});
  EXPECT_STATUS(sys::Unmap(mapping), {sys::Call::kMunmap, ENOMEM});
  sys::Mapping more;
  EXPECT_STATUS(sys::MapSecretPages(sys::PageSize(), &more), {sys::Call::kMunmap, ENOMEM});
}

const Test kUnmap{"a refused munmap is told", kMapsSecret, CheckUnmap};

void CheckDescriptors() {
  const Footprint before = MeasureFootprint();
  SetSoftLimit(RLIMIT_NOFILE, 0);
  sys::Mapping mapping;
  EXPECT_STATUS(sys::MapSecretPages(sys::PageSize(), &mapping), {sys::Call::kMemfdSecret, EMFILE});
  // Prefaulting needs none, and neither do locked pages.
  EXPECT_OK(sys::MapLockedPages(sys::PageSize(), &mapping));
  EXPECT_OK(sys::Unmap(mapping));
  SetSoftLimit(RLIMIT_NOFILE, 64);
  EXPECT(MeasureFootprint() == before);
  EXPECT_OK(sys::MapSecretPages(sys::PageSize(), &mapping));
}

const Test kDescriptors{"no descriptor to be had is EMFILE and leaves nothing", kMapsSecret,
                        CheckDescriptors};

void CheckLockedLimit() {
  const Footprint before = MeasureFootprint();
  sys::Mapping mapping;
  EXPECT_STATUS(sys::MapLockedPages(64 * kKibi + sys::PageSize(), &mapping),
                {sys::Call::kMlock, ENOMEM});
  EXPECT(MeasureFootprint() == before);
  EXPECT_OK(sys::MapLockedPages(64 * kKibi, &mapping));
  sys::Mapping more;
  EXPECT_STATUS(sys::MapLockedPages(sys::PageSize(), &more), {sys::Call::kMlock, ENOMEM});
  EXPECT_OK(sys::Unmap(mapping));
  EXPECT(MeasureFootprint() == before);
  SetSoftLimit(RLIMIT_MEMLOCK, 0);
  EXPECT_STATUS(sys::MapLockedPages(sys::PageSize(), &mapping), {sys::Call::kMlock, EPERM});
  EXPECT(MeasureFootprint() == before);
}

const Test kLockedLimit{"locked pages beyond the limit are ENOMEM, without a limit EPERM",
                        {.user = User::kAlone, .memlock = 64 * kKibi, .real_mlock = true},
                        CheckLockedLimit};

void CheckOpenTooLong() {
  const Footprint before = MeasureFootprint();
  int descriptor = -1;
  const sys::Status status = sys::OpenSecretDescriptor(SIZE_MAX - sys::PageSize() + 1, &descriptor);
  EXPECT_STATUS(status, {sys::Call::kFtruncate, EINVAL});
  EXPECT_EQUAL(descriptor, -1);
  EXPECT(MeasureFootprint() == before);
}

const Test kOpenTooLong{"a length that no file may have is told by ftruncate and leaves nothing",
                        kMapsSecret, CheckOpenTooLong};

void CheckMapCount() {
  if (kSanitized) {
    Skip("the sanitizer's own mappings would fail as well");
  }
  const std::size_t page = sys::PageSize();
  const std::size_t most = 200'000;
  auto* space = static_cast<std::byte*>(
      mmap(nullptr, most * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  EXPECT(space != MAP_FAILED);
  // Each change of a second page's protection makes two mappings more.
  std::size_t at = 1;
  while (at < most && mprotect(space + at * page, page, PROT_READ) == 0) {
    at += 2;
  }
  if (at >= most) {
    Skip("vm.max_map_count is too large to reach");
  }
  // Then frees one mapping after the other: the failure meets each step of the way.
  bool worked = false;
  for (std::size_t freed = 0; freed < 8 && !worked; ++freed) {
    for (const auto map : {sys::MapSecretPages, sys::MapLockedPages}) {
      const Footprint before = MeasureFootprint();
      sys::Mapping mapping;
      const sys::Status status = map(page, &mapping);
      worked = status.ok();
      if (worked) {
        EXPECT_OK(sys::Unmap(mapping));
      } else {
        EXPECT_EQUAL(status.error, ENOMEM);
        EXPECT(status.call == sys::Call::kMmap || status.call == sys::Call::kMadvise ||
               status.call == sys::Call::kMlock);
      }
      EXPECT(MeasureFootprint() == before);
    }
    EXPECT_EQUAL(munmap(space + (most - 1 - freed) * page, page), 0);
    at -= 2;
    EXPECT_EQUAL(munmap(space + at * page, page), 0);
  }
  EXPECT(worked);
}

const Test kMapCount{
    "at vm.max_map_count mapping fails by ENOMEM at whichever step and leaves nothing", kMapsSecret,
    CheckMapCount};

}  // namespace
}  // namespace memfd_secret::test
