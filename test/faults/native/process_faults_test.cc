// What the package asks of the process itself, with each system call refused.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <cstring>

#include "audit/scan.h"
#include "every_fault.h"
#include "harness.h"
#include "process.h"
#include "sys/accounting.h"
#include "sys/environment_block.h"
#include "sys/getrandom.h"
#include "sys/hardening.h"
#include "sys/process_memory.h"
#include "sys/terminal.h"

namespace memfd_secret::faults {
namespace {

using sys::Status;
using test::Test;

class TakesRandom : public Scenario {
 public:
  Status Act() override { return sys::FillRandom(bytes_, sizeof bytes_); }
  void ExpectWorks() override {
    EXPECT(!test::AllBytesAre(reinterpret_cast<std::byte*>(bytes_), sizeof bytes_, 0));
  }

 private:
  unsigned char bytes_[64] = {};
};

// Answers no Status: what cannot be found out is unknown, and nothing else.
class FindsAccounting : public Scenario {
 public:
  explicit FindsAccounting(bool in_child) : in_child_(in_child) {}
  Status Act() override {
    found_ = sys::FindAccounting(in_child_);
    return sys::kOk;
  }
  [[nodiscard]] bool Tolerates(Site /*site*/, int /*error*/) const override { return true; }

 private:
  bool in_child_;
  sys::Accounting found_ = sys::Accounting::kUnknown;
};

class WipesVariable : public Scenario {
 public:
  void Prepare() override { EXPECT_EQUAL(setenv(kName, kValue, 1), 0); }
  Status Act() override { return sys::WipeEnvironmentValue(kName); }
  void ExpectWorks() override { ExpectWiped(); }
  // The block that the kernel made could not be found; what libc knows of is wiped all the same.
  void ExpectUntouched(const Report& /*report*/) override { ExpectWiped(); }
  void Finish(bool /*worked*/) override { unsetenv(kName); }
  [[nodiscard]] bool Tolerates(Site site, int /*error*/) const override {
    return site == Site::kClose;
  }

 private:
  static constexpr char kName[] = "MEMFD_SECRET_FAULTS";
  static constexpr char kValue[] = "a value";
  static void ExpectWiped() { EXPECT_EQUAL(std::strlen(sys::EnvironmentValue(kName)), 0); }
};

// A search of one page that holds what is looked for.
class Searches : public Scenario {
 public:
  void Prepare() override {
    scan_ = std::make_unique<audit::Scan>();
    std::memcpy(page_, kNeedle, sizeof kNeedle);
  }
  Status Act() override {
    const Status status =
        scan_->Prepare(sys::Backing::kMemfdSecret, kNeedle, sizeof kNeedle, audit::kRawBit);
    if (!status.ok()) {
      return status;
    }
    const auto from = reinterpret_cast<std::uint64_t>(page_);
    const audit::Range range{from, from + sizeof page_, false};
    const Status searched = scan_->Run(sys::OwnProcess(), &range, 1);
    hits_ = scan_->hit_count();
    scan_->Release();
    return searched;
  }
  void Finish(bool /*worked*/) override { scan_.reset(); }
  void ExpectUntouched(const Report& /*report*/) override { EXPECT_EQUAL(hits_, 0); }
  [[nodiscard]] bool Tolerates(Site site, int error) const override {
    // A page that cannot be read is passed over.
    return site == Site::kClose || site == Site::kOpen || site == Site::kRead ||
           site == Site::kMunmap || (site == Site::kMapAt && error == EEXIST) ||
           (site == Site::kProcessVmReadv && error == EFAULT);
  }

 private:
  static constexpr unsigned char kNeedle[] = "what is looked for in this test";
  std::unique_ptr<audit::Scan> scan_;
  std::size_t hits_ = 0;
  unsigned char page_[4096] = {};
};

class Hardens : public Scenario {
 public:
  using Harden = Status (*)() noexcept;
  explicit Hardens(Harden harden) : harden_(harden) {}
  Status Act() override { return harden_(); }

 private:
  Harden harden_;
};

// At a real pseudo-terminal.
class Silences : public Scenario {
 public:
  void Prepare() override {
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT(master_ >= 0);
    EXPECT_EQUAL(grantpt(master_) | unlockpt(master_), 0);
    terminal_ = open(ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT(terminal_ >= 0);
    EXPECT_EQUAL(tcgetattr(terminal_, &before_), 0);
  }
  Status Act() override { return sys::SilenceTerminal(terminal_); }
  void ExpectWorks() override {
    EXPECT((Modes().c_lflag & ECHO) == 0);
    sys::RestoreTerminal(true);
    ExpectRestored();
  }
  void ExpectUntouched(const Report& /*report*/) override { ExpectRestored(); }
  void Finish(bool /*worked*/) override {
    close(terminal_);
    close(master_);
  }
  [[nodiscard]] bool Tolerates(Site site, int /*error*/) const override {
    // sigaction(2) has no reason to fail for these signals, and the echo is off without it.
    return site == Site::kSigaction;
  }

 private:
  [[nodiscard]] termios Modes() const {
    termios modes{};
    EXPECT_EQUAL(tcgetattr(terminal_, &modes), 0);
    return modes;
  }
  void ExpectRestored() const {
    EXPECT_EQUAL(Modes().c_lflag, before_.c_lflag);
    struct sigaction action{};
    EXPECT_EQUAL(sigaction(SIGTERM, nullptr, &action), 0);
    EXPECT(action.sa_handler == SIG_DFL);
  }

  int master_ = -1;
  int terminal_ = -1;
  termios before_{};
};

const Test kRandom{"random bytes: each call refused", kOrdinary, [] {
                     FailEachCall("random bytes", [] { return std::make_unique<TakesRandom>(); });
                   }};
const Test kAccounting{"the accounting: each call refused", kMapsSecret, [] {
                         for (const bool in_child : {false, true}) {
                           FailEachCall("finding the accounting", [=] {
                             return std::make_unique<FindsAccounting>(in_child);
                           });
                         }
                       }};
const Test kVariable{
    "an environment variable: each call refused", kOrdinary,
    [] { FailEachCall("wiping a variable", [] { return std::make_unique<WipesVariable>(); }); }};
const Test kSearch{"a search of memory: each call refused", kMapsSecret,
                   [] { FailEachCall("a search", [] { return std::make_unique<Searches>(); }); }};
const Test kHarden{"hardening: each call refused", kOrdinary, [] {
                     for (const auto harden :
                          {sys::ForbidCoreDumps, sys::ForbidTracing, sys::IgnoreInspectorSignal}) {
                       FailEachCall(
                           "hardening", [=] { return std::make_unique<Hardens>(harden); },
                           Processes::kOneEach);
                     }
                   }};
const Test kTerminal{
    "a silent terminal: each call refused", kOrdinary,
    [] { FailEachCall("a silent terminal", [] { return std::make_unique<Silences>(); }); }};

}  // namespace
}  // namespace memfd_secret::faults
