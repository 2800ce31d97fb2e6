#include "sys/terminal.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace memfd_secret::sys {
namespace {

// Every signal that by default ends or stops the process and can be caught, but for SIGUSR1 and
// SIGPROF, which Node and V8 serve while they run on, and SIGPIPE, which Node ignores.
constexpr int kSignals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,    SIGTRAP, SIGABRT, SIGBUS,
                            SIGFPE,  SIGSEGV, SIGUSR2, SIGALRM,   SIGTERM, SIGTSTP, SIGTTIN,
                            SIGTTOU, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGIO,   SIGPWR,  SIGSYS};
constexpr std::size_t kSignalCount = sizeof(kSignals) / sizeof(kSignals[0]);

enum State : int { kNone, kChanging, kSilent };

constinit std::atomic<int> state{kNone};
// A signal is about to end or stop the process: the event loop of another thread must not turn the
// echo off again in between.
constinit std::atomic<bool> leaving{false};
// Written before the handlers are installed, and not while they are.
int terminal = -1;
struct termios before;
struct termios silent;
struct sigaction previous[kSignalCount];

// From a process group in the background this raises SIGTTOU, whose default is to stop: blocked,
// the change is made. Async-signal-safe, as every call in here is (signal-safety(7)).
void Apply(const struct termios& wanted, bool discard_input) noexcept {
  const int kept = errno;
  sigset_t output;
  sigset_t old;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &output, &old);
  if (discard_input) {
    tcflush(terminal, TCIFLUSH);
  }
  while (tcsetattr(terminal, TCSANOW, &wanted) != 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  errno = kept;
}

// Lets the default action of number happen; returns where that was a stop, once continued.
void TakeDefault(int number, const struct sigaction& mine) noexcept {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  sigaction(number, &standard, nullptr);
  sigset_t only;
  sigset_t old;
  sigemptyset(&only);
  sigaddset(&only, number);
  raise(number);
  pthread_sigmask(SIG_UNBLOCK, &only, &old);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  sigaction(number, &mine, nullptr);
}

void OnSignal(int number, siginfo_t* info, void* context) noexcept {
  const int kept = errno;
  std::size_t index = 0;
  while (index < kSignalCount - 1 && kSignals[index] != number) {
    ++index;
  }
  const struct sigaction& old = previous[index];
  const bool standard_action = (old.sa_flags & SA_SIGINFO) == 0 && old.sa_handler == SIG_DFL;
  leaving.store(standard_action);
  if (state.load() != kNone) {
    Apply(before, true);
  }
  if (standard_action) {
    struct sigaction mine{};
    sigaction(number, nullptr, &mine);
    TakeDefault(number, mine);
    leaving.store(false);
  } else {
    // Node's own handler of SIGINT and SIGTERM raises the signal again and counts on the kernel
    // having reset it; so it does where this handler stands in front.
    if ((static_cast<unsigned>(old.sa_flags) & static_cast<unsigned>(SA_RESETHAND)) != 0) {
      struct sigaction standard{};
      standard.sa_handler = SIG_DFL;
      sigaction(number, &standard, nullptr);
    }
    if ((old.sa_flags & SA_SIGINFO) != 0) {
      old.sa_sigaction(number, info, context);
    } else {
      old.sa_handler(number);
    }
  }
  errno = kept;
}

void InstallHandlers() noexcept {
  struct sigaction mine{};
  mine.sa_sigaction = OnSignal;
  sigemptyset(&mine.sa_mask);
  for (std::size_t i = 0; i < kSignalCount; ++i) {
    sigaction(kSignals[i], nullptr, &previous[i]);
    // What is ignored stays so (nohup). The stack is the handler's before: V8 needs its own for
    // some.
    if ((previous[i].sa_flags & SA_SIGINFO) != 0 || previous[i].sa_handler != SIG_IGN) {
      mine.sa_flags = SA_SIGINFO | SA_RESTART | (previous[i].sa_flags & SA_ONSTACK);
      sigaction(kSignals[i], &mine, nullptr);
    }
  }
}

void RemoveHandlers() noexcept {
  for (std::size_t i = 0; i < kSignalCount; ++i) {
    struct sigaction now{};
    sigaction(kSignals[i], nullptr, &now);
    // One that was installed meanwhile (process.on('SIGINT')) stays.
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == OnSignal) {
      sigaction(kSignals[i], &previous[i], nullptr);
    }
  }
}

}  // namespace

bool IsTerminal(int descriptor) noexcept { return isatty(descriptor) == 1; }

Status SilenceTerminal(int descriptor) noexcept {
  int none = kNone;
  if (!state.compare_exchange_strong(none, kChanging)) {
    return {Call::kTcsetattr, EBUSY};
  }
  struct termios now{};
  if (tcgetattr(descriptor, &now) != 0) {
    const Status status = Failed(Call::kTcsetattr);
    state.store(kNone);
    return status;
  }
  terminal = descriptor;
  before = now;
  silent = now;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  // A line at a time, edited by the kernel, and the user's Enter shows.
  silent.c_lflag |= ICANON | ECHONL;
  InstallHandlers();
  state.store(kSilent);
  Status status = kOk;
  while (tcsetattr(descriptor, TCSAFLUSH, &silent) != 0) {
    if (errno != EINTR) {
      status = Failed(Call::kTcsetattr);
      RestoreTerminal(false);
      break;
    }
  }
  return status;
}

void KeepTerminalSilent() noexcept {
  struct termios now{};
  if (state.load() != kSilent || leaving.load() || tcgetattr(terminal, &now) != 0) {
    return;
  }
  const bool shows = (now.c_lflag & ECHO) != 0 || (now.c_lflag & ICANON) == 0;
  const pid_t foreground = tcgetpgrp(terminal);
  if (shows && (foreground < 0 || foreground == getpgrp())) {
    Apply(silent, false);
  }
}

void RestoreTerminal(bool discard_input) noexcept {
  int is_silent = kSilent;
  if (!state.compare_exchange_strong(is_silent, kChanging)) {
    return;
  }
  Apply(before, discard_input);
  RemoveHandlers();
  terminal = -1;
  state.store(kNone);
}

}  // namespace memfd_secret::sys
