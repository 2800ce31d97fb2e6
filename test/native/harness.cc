#include "harness.h"

#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "sys/call_numbers.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace memfd_secret::test {
namespace {

constinit const Test* first_test = nullptr;
constinit Test* last_test = nullptr;

enum class Outcome : std::uint8_t { kPassed, kFailed, kSkipped };

// What a test tells the runner, in memory shared with every descendant: a pipe would stay open as
// long as a forgotten child lives.
struct Verdict {
  std::atomic<Outcome> outcome;
  char text[1024];
  char file[256];
  int line;
};

constinit Verdict* verdict = nullptr;

[[noreturn]] void Leave(Outcome outcome, const char* text, const char* file, int line) noexcept {
  Outcome passed = Outcome::kPassed;
  // The first failure is the one worth telling.
  if (verdict->outcome.compare_exchange_strong(passed, outcome)) {
    std::snprintf(verdict->text, sizeof verdict->text, "%s", text);
    std::snprintf(verdict->file, sizeof verdict->file, "%s",
                  std::strncmp(file, "../", 3) == 0 ? file + 3 : file);
    verdict->line = line;
  }
  _exit(outcome == Outcome::kFailed ? 1 : 0);
}

// Below 65,534: all that a container with a user namespace may have. The runner's process id keeps
// two runs apart.
uid_t OwnUser(pid_t runner, unsigned index) noexcept {
  return 40'000 + static_cast<uid_t>(runner % 100) * 200 + index % 200;
}

void BecomeUser(uid_t user) noexcept {
  if (setgroups(0, nullptr) != 0 || setresgid(user, user, user) != 0 ||
      setresuid(user, user, user) != 0) {
    Skip("needs the right to change the user id");
  }
  // Cleared by the change: /proc/self would belong to root.
  EXPECT_EQUAL(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

// What nothing points at any more. LeakSanitizer stops the process by a thread that traces it;
// ASAN_OPTIONS=detect_leaks=0 is for where that is forbidden.
void ExpectNoLeak() noexcept {
#ifdef __SANITIZE_ADDRESS__
  // A filter that a test has set may refuse that thread.
  if (prctl(PR_GET_SECCOMP) == 0 && __lsan_do_recoverable_leak_check() != 0) {
    Fail("Expected no leak but LeakSanitizer found one", __FILE__, __LINE__);
  }
#endif
}

[[noreturn]] void RunInChild(const Test& test, pid_t runner, unsigned index) noexcept {
  const Options& options = test.options();
  setpgid(0, 0);
  alarm(options.seconds);
  const bool root = geteuid() == 0;
  if (!root && options.user != User::kOwn) {
    Skip("needs root");
  }
  if (kSanitized && options.real_mlock) {
    Skip("needs mlock(2), which the sanitizer replaces");
  }
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (options.memlock != kAsIs) {
    const rlimit limit{options.memlock, options.memlock};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
      Skip("needs the right to raise RLIMIT_MEMLOCK");
    }
  }
  if (root && options.user != User::kRoot) {
    BecomeUser(OwnUser(runner, index));
  }
  // After the change of the user, which clears it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (options.secret) {
    const long descriptor = syscall(sys::kMemfdSecretNumber, 0);
    if (descriptor < 0) {
      char reason[128];
      std::snprintf(reason, sizeof reason, "memfd_secret: %s", std::strerror(errno));
      Skip(reason);
    }
    close(static_cast<int>(descriptor));
  }
  test.Run();
  ExpectNoLeak();
  _exit(HasFailed() ? 1 : 0);
}

void TellEnd(int status, unsigned seconds) noexcept {
  if (verdict->outcome != Outcome::kPassed || status == 0) {
    return;
  }
  verdict->outcome = Outcome::kFailed;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    std::snprintf(verdict->text, sizeof verdict->text,
                  "Expected an end within %u s but received none", seconds);
  } else if (WIFSIGNALED(status)) {
    std::snprintf(verdict->text, sizeof verdict->text,
                  "Expected an exit but received signal %d (%s)", WTERMSIG(status),
                  strsignal(WTERMSIG(status)));
  } else {
    std::snprintf(verdict->text, sizeof verdict->text, "Expected exit code 0 but received %d",
                  WEXITSTATUS(status));
  }
}

bool RunOne(const Test& test, unsigned number) noexcept {
  std::memset(static_cast<void*>(verdict), 0, sizeof *verdict);
  std::fflush(stdout);
  const pid_t runner = getpid();
  const pid_t child = fork();
  if (child == 0) {
    RunInChild(test, runner, number);
  }
  int status = 1;
  if (child > 0) {
    siginfo_t info;
    while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
    // Whatever the test left running. Before the child is reaped: after that the number may be
    // another group's.
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  TellEnd(status, test.options().seconds);
  const bool failed = verdict->outcome == Outcome::kFailed;
  const bool skipped = verdict->outcome == Outcome::kSkipped;
  std::printf("%s %u - %s%s%s\n", failed ? "not ok" : "ok", number, test.name(),
              skipped ? " # SKIP " : "", skipped ? verdict->text : "");
  if (failed) {
    std::printf("  ---\n  message: |-\n    %s\n  at: '%s:%d'\n  ...\n", verdict->text,
                verdict->file, verdict->line);
  }
  return !failed;
}

}  // namespace

Test::Test(const char* name, const Options& options, void (*body)()) noexcept
    : name_(name), options_(options), body_(body) {
  if (last_test == nullptr) {
    first_test = this;
  } else {
    last_test->next_ = this;
  }
  last_test = this;
}

void Fail(const char* what, const char* file, int line) noexcept {
  Leave(Outcome::kFailed, what, file, line);
}

void Skip(const char* reason) noexcept { Leave(Outcome::kSkipped, reason, "", 0); }

bool HasFailed() noexcept { return verdict->outcome == Outcome::kFailed; }

void ExpectStatus(const sys::Status& actual, const sys::Status& expected, const char* expression,
                  const char* file, int line) {
  if (actual.call == expected.call && actual.error == expected.error) {
    return;
  }
  char what[512];
  std::snprintf(what, sizeof what, "Expected %s, errno %d, for %s but received %s, errno %d",
                sys::kCallNames[static_cast<unsigned>(expected.call)], expected.error, expression,
                sys::kCallNames[static_cast<unsigned>(actual.call)], actual.error);
  Fail(what, file, line);
}

}  // namespace memfd_secret::test

// Runs the tests whose names contain the argument, or all. Exits with 1 where one failed.
int main(int count, char** arguments) {
  using memfd_secret::test::Test;
  namespace test = memfd_secret::test;
  void* shared = mmap(nullptr, sizeof(test::Verdict), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("mmap");
    return 1;
  }
  test::verdict = static_cast<test::Verdict*>(shared);
  const auto wanted = [&](const Test& one) {
    return count < 2 || std::strstr(one.name(), arguments[1]) != nullptr;
  };
  unsigned planned = 0;
  for (const Test* one = test::first_test; one != nullptr; one = one->next()) {
    planned += wanted(*one) ? 1 : 0;
  }
  std::printf("TAP version 14\n1..%u\n", planned);
  unsigned number = 0;
  unsigned failed = 0;
  for (const Test* one = test::first_test; one != nullptr; one = one->next()) {
    if (wanted(*one)) {
      failed += test::RunOne(*one, ++number) ? 0 : 1;
    }
  }
  return failed == 0 && planned > 0 ? 0 : 1;
}
