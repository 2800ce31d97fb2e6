// Pages of both backings, mapped, shared and moved, with each system call refused.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "every_fault.h"
#include "harness.h"
#include "process.h"
#include "sys/bytes.h"
#include "sys/map_count.h"
#include "sys/mlock_trial.h"
#include "sys/pages.h"
#include "sys/reservation.h"
#include "sys/seal.h"
#include "sys/secret_descriptor.h"
#include "sys/secretmem_trial.h"
#include "sys/shared_pages.h"

namespace memfd_secret::faults {
namespace {

using sys::Backing;
using sys::Mapping;
using sys::Status;
using test::Test;

std::size_t Length() { return 3 * sys::PageSize(); }

// What may fail without a failure of the whole: closing, reading vm.max_map_count, and losing a gap
// to another thread, which is tried again.
bool IsTolerated(Site site, int error) {
  return site == Site::kClose || site == Site::kOpen || site == Site::kRead ||
         (site == Site::kMapAt && error == EEXIST);
}

// A move that the kernel refuses leaves the range of addresses that was to be moved to.
Kept KeptAddresses(const Report& report) {
  return {.addresses = report.site == Site::kMremap ? Length() : 0};
}

void ExpectUsable(const Mapping& mapping) {
  EXPECT(test::AllBytesAre(mapping.pages, mapping.length, 0));
  std::memcpy(mapping.pages, kMarker, kMarkerSize);
}

void WipeAndUnmap(const Mapping& mapping) {
  sys::Wipe(mapping.pages, mapping.length);
  EXPECT_OK(sys::Unmap(mapping));
}

class Maps : public Scenario {
 public:
  using Map = Status (*)(std::size_t, Mapping*) noexcept;
  explicit Maps(Map map) : map_(map) {}
  Status Act() override { return map_(Length(), &mapping_); }
  void ExpectWorks() override { ExpectUsable(mapping_); }
  void ExpectUntouched(const Report& /*report*/) override { EXPECT(!mapping_.mapped()); }
  void Finish(bool worked) override {
    if (worked) {
      WipeAndUnmap(mapping_);
    }
  }
  [[nodiscard]] bool Tolerates(Site site, int error) const override {
    return IsTolerated(site, error);
  }
  [[nodiscard]] Kept Keeps(const Report& report) const override { return KeptAddresses(report); }

 private:
  Map map_;
  Mapping mapping_;
};

Status MapShareableSecret(std::size_t length, Mapping* out) noexcept {
  return sys::MapShareablePages(Backing::kMemfdSecret, length, out);
}

Status MapShareableLocked(std::size_t length, Mapping* out) noexcept {
  return sys::MapShareablePages(Backing::kMlock, length, out);
}

void CheckSecretMaps() {
  const auto map = [] { return std::make_unique<Maps>(sys::MapSecretPages); };
  FailEachCall("secret pages", map);
  FailEachCall("the first secret pages of a process", map, Processes::kOneEach);
  FailEachCall("shareable secret pages", [] { return std::make_unique<Maps>(MapShareableSecret); });
}

void CheckLockedMaps() {
  FailEachCall("locked pages", [] { return std::make_unique<Maps>(sys::MapLockedPages); });
  FailEachCall("shareable locked pages", [] { return std::make_unique<Maps>(MapShareableLocked); });
}

const Test kSecretMaps{"secret pages: each call refused", kMapsSecret, CheckSecretMaps};
const Test kLockedMaps{"locked pages: each call refused", kMapsLocked, CheckLockedMaps};

class Duplicates : public Scenario {
 public:
  explicit Duplicates(Backing backing) : backing_(backing) {}
  void Prepare() override {
    EXPECT_OK(sys::MapShareablePages(backing_, Length(), &first_));
    std::memcpy(first_.pages, kMarker, kMarkerSize);
  }
  Status Act() override {
    return sys::DuplicatePages(first_, sys::Sealing::kNone, &second_, &seal_);
  }
  void ExpectWorks() override {
    EXPECT_EQUAL(std::memcmp(second_.pages, kMarker, kMarkerSize), 0);
    // Nothing is unwiped: the same pages live on.
    EXPECT_OK(sys::Unmap(second_));
  }
  void ExpectUntouched(const Report& /*report*/) override {
    EXPECT(!second_.mapped());
    EXPECT_EQUAL(std::memcmp(first_.pages, kMarker, kMarkerSize), 0);
  }
  void Finish(bool /*worked*/) override { WipeAndUnmap(first_); }
  [[nodiscard]] bool Tolerates(Site site, int error) const override {
    return IsTolerated(site, error);
  }
  [[nodiscard]] Kept Keeps(const Report& report) const override { return KeptAddresses(report); }

 private:
  Backing backing_;
  Mapping first_;
  Mapping second_;
  sys::Seal seal_;
};

const Test kDuplicateSecret{"duplicated secret pages: each call refused", kMapsSecret, [] {
                              FailEachCall("duplicated secret pages", [] {
                                return std::make_unique<Duplicates>(Backing::kMemfdSecret);
                              });
                            }};
const Test kDuplicateLocked{"duplicated locked pages: each call refused", kMapsLocked, [] {
                              FailEachCall("duplicated locked pages", [] {
                                return std::make_unique<Duplicates>(Backing::kMlock);
                              });
                            }};

// What in-flight I/O finds after a secret of its own mapping has ended.
class Replaces : public Scenario {
 public:
  void Prepare() override { EXPECT_OK(sys::MapSecretPages(Length(), &mapping_)); }
  Status Act() override { return sys::ReplaceByZeroPages(mapping_); }
  void ExpectUntouched(const Report& /*report*/) override {
    // Old pages or new ones: there, and writable.
    std::memset(mapping_.pages, 0x77, mapping_.length);
  }
  void Finish(bool /*worked*/) override { WipeAndUnmap(mapping_); }
  [[nodiscard]] bool releases(const Report& report) const override {
    return report.site == Site::kMadvise;
  }

 private:
  Mapping mapping_;
};

// Of the preload library's pool: a reservation that is filled piece by piece.
class Fills : public Scenario {
 public:
  explicit Fills(Backing backing) : backing_(backing) {}
  void Prepare() override { EXPECT_OK(sys::Reserve(2 * Length(), &reservation_)); }
  Status Act() override { return sys::Fill(backing_, reservation_.base, Length(), &addresses_); }
  void ExpectWorks() override { ExpectUsable({reservation_.base, Length()}); }
  void ExpectUntouched(const Report& report) override {
    // After a refused move nobody can tell: they are given up.
    EXPECT(report.site == Site::kMremap || addresses_ == sys::Addresses::kKept);
  }
  void Finish(bool worked) override {
    if (worked) {
      sys::Wipe(reservation_.base, Length());
      sys::UncountMapping();
    }
    const std::size_t page = sys::PageSize();
    EXPECT_EQUAL(munmap(reservation_.base - page, reservation_.length + 2 * page), 0);
  }
  [[nodiscard]] bool Tolerates(Site site, int error) const override {
    return IsTolerated(site, error) || site == Site::kMunmap;
  }
  [[nodiscard]] Kept Keeps(const Report& report) const override {
    // Guards that stay mapped harm nobody.
    return {.addresses = report.site == Site::kMunmap ? 2 * sys::PageSize() : 0};
  }

 private:
  Backing backing_;
  sys::Reservation reservation_;
  sys::Addresses addresses_ = sys::Addresses::kLost;
};

const Test kReplace{"pages replaced by zero pages: each call refused", kMapsSecret, [] {
                      FailEachCall("replaced pages", [] { return std::make_unique<Replaces>(); });
                    }};
const Test kFill{"a reservation that is filled: each call refused", kMapsSecret, [] {
                   for (const Backing backing : {Backing::kMemfdSecret, Backing::kMlock}) {
                     FailEachCall("a filled reservation",
                                  [=] { return std::make_unique<Fills>(backing); });
                   }
                 }};

class Tries : public Scenario {
 public:
  using Try = sys::Trial (*)(bool) noexcept;
  Tries(Try attempt, bool in_child) : attempt_(attempt), in_child_(in_child) {}
  Status Act() override {
    const sys::Trial trial = attempt_(in_child_);
    EXPECT_EQUAL(trial.killed_by, 0);
    return trial.status;
  }
  [[nodiscard]] bool Tolerates(Site site, int error) const override {
    // The child's own calls do not count.
    return IsTolerated(site, error);
  }

 private:
  Try attempt_;
  bool in_child_;
};

const Test kTry{"trying both backings: each call refused", kMapsSecret, [] {
                  for (const auto attempt : {sys::TrySecretmem, sys::TryMlock}) {
                    for (const bool in_child : {false, true}) {
                      FailEachCall("a trial",
                                   [=] { return std::make_unique<Tries>(attempt, in_child); });
                    }
                  }
                }};

}  // namespace
}  // namespace memfd_secret::faults
