// The owner's mark, the throw-away child, and the trial of memfd_secret(2) in it.
#include "process.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "harness.h"
#include "sys/call_numbers.h"
#include "sys/fork_mark.h"
#include "sys/secretmem_trial.h"
#include "sys/throwaway_child.h"

namespace memfd_secret::test {
namespace {

void CheckOwner() {
  EXPECT(sys::IsOwner());
  EXPECT_OK(sys::MarkOwner());
  const Footprint once = MeasureFootprint();
  EXPECT_OK(sys::MarkOwner());
  EXPECT(MeasureFootprint() == once);
  EXPECT(sys::IsOwner());
  InFork([] {
    EXPECT(!sys::IsOwner());
    // The child has none of the secrets, whatever it calls.
    EXPECT_OK(sys::MarkOwner());
    EXPECT(!sys::IsOwner());
    InFork([] { EXPECT(!sys::IsOwner()); });
  });
  EXPECT(sys::IsOwner());
}

const Test kOwner{"a process owns its secrets and its forked child does not", {}, CheckOwner};

void CheckOwnerRefused() {
  const Footprint before = MeasureFootprint();
  Refuse({.number = SYS_madvise, .error = EINVAL});
  EXPECT_STATUS(sys::MarkOwner(), {sys::Call::kMadvise, EINVAL});
  EXPECT(MeasureFootprint() == before);
}

const Test kOwnerRefused{
    "MarkOwner tells a refused madvise and leaves nothing", {}, CheckOwnerRefused};

volatile sig_atomic_t children_told = 0;

void CountChild(int /*signal*/) { children_told = children_told + 1; }

void ExpectNoTrace(const Footprint& before) {
  EXPECT_EQUAL(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
  EXPECT_EQUAL(errno, ECHILD);
  EXPECT_EQUAL(children_told, 0);
  EXPECT(MeasureFootprint() == before);
}

void CheckChild() {
  const Footprint before = MeasureFootprint();
  std::signal(SIGCHLD, CountChild);
  sys::ChildEnd end;
  EXPECT_OK(sys::RunInThrowawayChild([]() noexcept { return 42; }, &end));
  EXPECT_EQUAL(end.exit_code, 42);
  EXPECT_EQUAL(end.signal, 0);
  ExpectNoTrace(before);
  // The kernel reaps a child that nobody wants to know of, unless it has no signal to tell it by.
  std::signal(SIGCHLD, SIG_IGN);
  EXPECT_OK(sys::RunInThrowawayChild([]() noexcept { return 43; }, &end));
  EXPECT_EQUAL(end.exit_code, 43);
}

const Test kChild{
    "a throw-away child tells its exit code and is seen by nobody else", {}, CheckChild};

void CheckChildKilled() {
  const Footprint before = MeasureFootprint();
  std::signal(SIGCHLD, CountChild);
  sys::ChildEnd end;
  EXPECT_OK(sys::RunInThrowawayChild([]() noexcept { return kill(getpid(), SIGKILL); }, &end));
  EXPECT_EQUAL(end.exit_code, -1);
  EXPECT_EQUAL(end.signal, SIGKILL);
  ExpectNoTrace(before);
}

const Test kChildKilled{"a throw-away child tells the signal that ended it", {}, CheckChildKilled};

void CheckChildOnly() {
  static volatile int changed = 0;
  sys::ChildEnd end;
  EXPECT_OK(sys::RunInThrowawayChild(
      []() noexcept {
        changed = 1;
        return 0;
      },
      &end));
  EXPECT_EQUAL(changed, 0);
}

const Test kChildOnly{
    "a throw-away child does not touch this process's memory", {}, CheckChildOnly};

void CheckChildRefused() {
  Refuse({.number = SYS_clone, .error = EAGAIN});
  sys::ChildEnd end;
  EXPECT_STATUS(sys::RunInThrowawayChild([]() noexcept { return 0; }, &end),
                {sys::Call::kClone, EAGAIN});
  const sys::Trial trial = sys::TrySecretmem(true);
  EXPECT_STATUS(trial.status, {sys::Call::kClone, EAGAIN});
}

const Test kChildRefused{"a refused clone is told", {}, CheckChildRefused};

void CheckTrial() {
  const Footprint before = MeasureFootprint();
  std::signal(SIGCHLD, CountChild);
  for (const bool in_child : {false, true}) {
    const sys::Trial trial = sys::TrySecretmem(in_child);
    EXPECT_OK(trial.status);
    EXPECT_EQUAL(trial.killed_by, 0);
    ExpectNoTrace(before);
  }
}

const Test kTrial{"trying memfd_secret leaves nothing behind", kMapsSecret, CheckTrial};

void TryUnder(unsigned action) {
  const Footprint before = MeasureFootprint();
  Refuse({.number = sys::kMemfdSecretNumber, .action = action});
  const sys::Trial trial = sys::TrySecretmem(true);
  EXPECT_EQUAL(trial.killed_by, SIGSYS);
  EXPECT_OK(trial.status);
  ExpectNoTrace(before);
  // The filter is there: this process would not have survived the call.
  const Death death = DeathOf([] { static_cast<void>(sys::TrySecretmem(false)); });
  EXPECT_EQUAL(death.signal, SIGSYS);
}

const Test kTrap{"a trial under a filter that traps is told and survived", {}, [] {
                   TryUnder(SECCOMP_RET_TRAP);
                 }};

void CheckTrapHandled() {
  std::signal(SIGSYS, [](int) { _exit(9); });
  TryUnder(SECCOMP_RET_TRAP);
}

const Test kTrapHandled{
    "a trial under a filter that traps is told in spite of a handler", {}, CheckTrapHandled};

void CheckKill() {
  for (const unsigned action : {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD}) {
    InFork([action] {
      Refuse({.number = sys::kMemfdSecretNumber, .action = action});
      const sys::Trial trial = sys::TrySecretmem(true);
      EXPECT_EQUAL(trial.killed_by, SIGSYS);
      EXPECT_OK(trial.status);
    });
  }
}

const Test kKill{"a trial under a filter that kills is told and survived", {}, CheckKill};

void CheckErrno() {
  for (const int error : {ENOSYS, EPERM}) {
    InFork([error] {
      const Footprint before = MeasureFootprint();
      Refuse({.number = sys::kMemfdSecretNumber, .error = error});
      for (const bool in_child : {false, true}) {
        const sys::Trial trial = sys::TrySecretmem(in_child);
        EXPECT_STATUS(trial.status, {sys::Call::kMemfdSecret, error});
        EXPECT_EQUAL(trial.killed_by, 0);
        EXPECT(MeasureFootprint() == before);
      }
    });
  }
}

const Test kErrno{"a trial under a filter that answers an errno tells it", {}, CheckErrno};

}  // namespace
}  // namespace memfd_secret::test
