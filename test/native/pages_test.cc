// What a mapping is once it is made.
#include "sys/pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "harness.h"
#include "process.h"
#include "sys/secret_descriptor.h"

namespace memfd_secret::test {
namespace {

// Reads the address through a volatile pointer, so that the touch is not left out.
void Touch(const std::byte* address) {
  static_cast<void>(*const_cast<const volatile std::byte*>(address));
}

void Write(std::byte* address) { *const_cast<volatile std::byte*>(address) = std::byte{1}; }

void ExpectGuards(const sys::Mapping& mapping) {
  const Region region = RegionAt(mapping.pages);
  EXPECT_EQUAL(region.from, reinterpret_cast<std::uintptr_t>(mapping.pages));
  EXPECT_EQUAL(region.to - region.from, mapping.length);
  const Region below = RegionAt(mapping.pages - 1);
  const Region above = RegionAt(mapping.pages + mapping.length);
  EXPECT(below.permissions == "---p");
  EXPECT(above.permissions == "---p");
  EXPECT(below.name.empty());
  EXPECT(above.name.empty());
  EXPECT(RegionAt(mapping.pages - sys::PageSize()).permissions == "---p");
  EXPECT(RegionAt(mapping.pages + mapping.length + sys::PageSize() - 1).permissions == "---p");
}

void ExpectZeroed(const sys::Mapping& mapping, std::size_t length) {
  EXPECT(mapping.mapped());
  EXPECT_EQUAL(mapping.length, length);
  EXPECT_EQUAL(reinterpret_cast<std::uintptr_t>(mapping.pages) % sys::PageSize(), 0);
  EXPECT(AllBytesAre(mapping.pages, length, 0));
  std::memset(mapping.pages, 0xa5, length);
  EXPECT(AllBytesAre(mapping.pages, length, 0xa5));
}

void CheckSecret() {
  for (const std::size_t pages : {1U, 2U, 17U}) {
    const std::size_t length = pages * sys::PageSize();
    const Footprint before = MeasureFootprint();
    sys::Mapping mapping;
    EXPECT_OK(sys::MapSecretPages(length, &mapping));
    const Footprint mapped = MeasureFootprint();
    EXPECT_EQUAL(mapped.descriptors, before.descriptors);
    EXPECT_EQUAL(mapped.bytes - before.bytes, length + (kSanitized ? 0 : 2 * sys::PageSize()));
    ExpectZeroed(mapping, length);
    ExpectGuards(mapping);
    const Region region = RegionAt(mapping.pages);
    EXPECT(region.permissions == "rw-s");
    EXPECT(region.name == "/secretmem (deleted)");
    EXPECT(region.Has("dd"));
    EXPECT(region.Has("dc"));
    EXPECT_EQUAL(SecretBytes(), length);
    EXPECT_OK(sys::Unmap(mapping));
    EXPECT(MeasureFootprint() == before);
  }
}

const Test kSecret{"secret pages: zeroed, shared, undumped, unforked, no descriptor left",
                   kMapsSecret, CheckSecret};

void CheckLocked() {
  for (const std::size_t pages : {1U, 2U, 17U}) {
    const std::size_t length = pages * sys::PageSize();
    const Footprint before = MeasureFootprint();
    sys::Mapping mapping;
    EXPECT_OK(sys::MapLockedPages(length, &mapping));
    EXPECT_EQUAL(MeasureFootprint().locked - before.locked, length);
    ExpectZeroed(mapping, length);
    ExpectGuards(mapping);
    const Region region = RegionAt(mapping.pages);
    EXPECT(region.permissions == "rw-p");
    EXPECT(region.name.empty());
    EXPECT(region.Has("lo"));
    EXPECT(region.Has("dd"));
    EXPECT(region.Has("dc"));
    EXPECT_OK(sys::Unmap(mapping));
    EXPECT(MeasureFootprint() == before);
  }
}

const Test kLocked{"locked pages: zeroed, locked, undumped, unforked",
                   {.memlock = 8 * kMebi, .real_mlock = true},
                   CheckLocked};

void CheckBackings() {
  sys::Mapping mapping;
  EXPECT_STATUS(sys::MapPages(sys::Backing::kHeap, sys::PageSize(), &mapping),
                {sys::Call::kMmap, EINVAL});
  EXPECT(!mapping.mapped());
  EXPECT_OK(sys::MapPages(sys::Backing::kMlock, sys::PageSize(), &mapping));
  EXPECT(RegionAt(mapping.pages).permissions == "rw-p");
  EXPECT_OK(sys::MapPages(sys::Backing::kMemfdSecret, sys::PageSize(), &mapping));
  EXPECT(RegionAt(mapping.pages).permissions == "rw-s");
}

const Test kBackings{"MapPages maps what it is asked for, and no heap", kMapsSecret, CheckBackings};

void ExpectGuarded(sys::Status (*map)(std::size_t, sys::Mapping*) noexcept) {
  sys::Mapping mapping;
  EXPECT_OK(map(2 * sys::PageSize(), &mapping));
  for (std::byte* outside :
       {mapping.pages - 1, mapping.pages - sys::PageSize(), mapping.pages + mapping.length,
        mapping.pages + mapping.length + sys::PageSize() - 1}) {
    for (const auto& death : {DeathOf([=] { Touch(outside); }), DeathOf([=] { Write(outside); })}) {
      EXPECT_EQUAL(death.signal, SIGSEGV);
      EXPECT_EQUAL(death.code, SEGV_ACCERR);
      EXPECT(death.address == outside);
    }
  }
}

void ExpectUnforked(sys::Status (*map)(std::size_t, sys::Mapping*) noexcept) {
  sys::Mapping mapping;
  EXPECT_OK(map(2 * sys::PageSize(), &mapping));
  for (std::byte* inside : {mapping.pages, mapping.pages + mapping.length - 1}) {
    const Death death = DeathOf([=] { Touch(inside); });
    EXPECT_EQUAL(death.signal, SIGSEGV);
    EXPECT_EQUAL(death.code, SEGV_MAPERR);
    EXPECT(death.address == inside);
  }
}

const Test kSecretGuards{"a touch of a secret mapping's guard is SIGSEGV", kMapsSecret,
                         [] { ExpectGuarded(sys::MapSecretPages); }};
const Test kLockedGuards{"a touch of a locked mapping's guard is SIGSEGV", kMapsLocked,
                         [] { ExpectGuarded(sys::MapLockedPages); }};
const Test kSecretFork{"a forked child that touches secret pages dies of SIGSEGV", kMapsSecret,
                       [] { ExpectUnforked(sys::MapSecretPages); }};
const Test kLockedFork{"a forked child that touches locked pages dies of SIGSEGV", kMapsLocked,
                       [] { ExpectUnforked(sys::MapLockedPages); }};

void CheckDescriptor() {
  const std::size_t length = 2 * sys::PageSize();
  int descriptor = -1;
  EXPECT_OK(sys::OpenSecretDescriptor(length, &descriptor));
  sys::Mapping first;
  sys::Mapping second;
  EXPECT_OK(sys::MapSecretDescriptor(descriptor, length, &first));
  EXPECT_OK(sys::MapSecretDescriptor(descriptor, length, &second));
  EXPECT_EQUAL(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
  ExpectGuards(first);
  ExpectGuards(second);
  std::memset(first.pages, 0xa5, length);
  EXPECT(AllBytesAre(second.pages, length, 0xa5));
  const Footprint before = MeasureFootprint();
  sys::Mapping longer;
  EXPECT_STATUS(sys::MapSecretDescriptor(descriptor, length + sys::PageSize(), &longer),
                {sys::Call::kPrefault, EFAULT});
  EXPECT(!longer.mapped());
  EXPECT(MeasureFootprint() == before);
}

const Test kDescriptor{"MapSecretDescriptor shares the pages of an open descriptor", kMapsSecret,
                       CheckDescriptor};

void CheckPrefault() {
  const std::size_t page = sys::PageSize();
  sys::Mapping mapping;
  EXPECT_OK(sys::MapSecretPages(3 * page, &mapping));
  std::memset(mapping.pages, 0xa5, 3 * page);
  EXPECT_OK(sys::Prefault(mapping.pages, 3 * page));
  EXPECT(AllBytesAre(mapping.pages, 3 * page, 0xa5));
  EXPECT_STATUS(sys::Prefault(mapping.pages, 4 * page), {sys::Call::kPrefault, EFAULT});
  EXPECT_STATUS(sys::Prefault(mapping.pages - page, page), {sys::Call::kPrefault, EFAULT});
  EXPECT_OK(sys::Prefault(mapping.pages, 0));
}

const Test kPrefault{"Prefault tells what is not there and changes nothing", kMapsSecret,
                     CheckPrefault};

void CheckPrefaultEnd() {
  const std::size_t page = sys::PageSize();
  int secret = -1;
  EXPECT_OK(sys::OpenSecretDescriptor(page, &secret));
  const int ordinary = memfd_create("short", MFD_CLOEXEC);
  EXPECT_EQUAL(ftruncate(ordinary, static_cast<off_t>(page)), 0);
  for (const int descriptor : {secret, ordinary}) {
    void* pages = mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    EXPECT(pages != MAP_FAILED);
    EXPECT_OK(sys::Prefault(static_cast<std::byte*>(pages), page));
    EXPECT_STATUS(sys::Prefault(static_cast<std::byte*>(pages), 2 * page),
                  {sys::Call::kPrefault, EFAULT});
  }
}

const Test kPrefaultEnd{"Prefault past the end of a file is EFAULT, not SIGBUS", kMapsSecret,
                        CheckPrefaultEnd};

void CheckPrefaultFills() {
  const std::size_t page = sys::PageSize();
  const int file = memfd_create("absent", MFD_CLOEXEC);
  EXPECT_EQUAL(ftruncate(file, static_cast<off_t>(5 * page)), 0);
  void* pages = mmap(nullptr, 5 * page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  EXPECT(pages != MAP_FAILED);
  EXPECT_OK(sys::Prefault(static_cast<std::byte*>(pages), 4 * page));
  unsigned char resident[5] = {};
  EXPECT_EQUAL(mincore(pages, 5 * page, resident), 0);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQUAL(resident[i] & 1, i < 4 ? 1 : 0);
  }
}

const Test kPrefaultFills{"Prefault makes each page resident", kMapsSecret, CheckPrefaultFills};

void CheckRound() {
  const std::size_t page = sys::PageSize();
  EXPECT_EQUAL(sys::RoundUpToPages(0), 0);
  EXPECT_EQUAL(sys::RoundUpToPages(1), page);
  EXPECT_EQUAL(sys::RoundUpToPages(page), page);
  EXPECT_EQUAL(sys::RoundUpToPages(page + 1), 2 * page);
  EXPECT_EQUAL(sys::RoundUpToPages(SIZE_MAX - page + 1), SIZE_MAX - page + 1);
  EXPECT_EQUAL(sys::RoundUpToPages(SIZE_MAX - page + 2), 0);
  EXPECT_EQUAL(sys::RoundUpToPages(SIZE_MAX), 0);
}

const Test kRound{"RoundUpToPages rounds up, and tells an overflow by 0", {}, CheckRound};

void ExpectReplaced(sys::Status (*map)(std::size_t, sys::Mapping*) noexcept) {
  const Footprint before = MeasureFootprint();
  sys::Mapping mapping;
  EXPECT_OK(map(2 * sys::PageSize(), &mapping));
  std::memset(mapping.pages, 0xa5, mapping.length);
  EXPECT_OK(sys::ReplaceByZeroPages(mapping));
  EXPECT(AllBytesAre(mapping.pages, mapping.length, 0));
  ExpectGuards(mapping);
  const Region region = RegionAt(mapping.pages);
  EXPECT(region.permissions == "rw-p");
  EXPECT(region.name.empty());
  EXPECT(region.Has("dd"));
  EXPECT(region.Has("dc"));
  EXPECT(!region.Has("lo"));
  EXPECT_EQUAL(SecretBytes(), 0);
  EXPECT_EQUAL(MeasureFootprint().locked, before.locked);
  Write(mapping.pages);
  EXPECT_OK(sys::Unmap(mapping));
  EXPECT(MeasureFootprint() == before);
}

const Test kReplaceSecret{"secret pages are replaced by zero pages in no dump and no fork",
                          kMapsSecret, [] { ExpectReplaced(sys::MapSecretPages); }};
const Test kReplaceLocked{"locked pages are replaced by zero pages in no dump and no fork",
                          kMapsLocked, [] { ExpectReplaced(sys::MapLockedPages); }};

}  // namespace
}  // namespace memfd_secret::test
