#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "attacks.h"
#include "memory_map.h"

namespace {

using memfd_secret::attacker::ErrnoName;
using memfd_secret::attacker::Needle;
using memfd_secret::attacker::Result;

constexpr int kUsageError = 2;
constexpr int kCannotAttack = 3;
// The victim is stopped while ptrace reads it: this program must end by itself, whatever happens.
constexpr unsigned int kSeconds = 60;
constexpr size_t kShortestNeedle = 16;

constexpr char kUsage[] =
    "usage: attacker mem|process_vm_readv|ptrace|pidfd_getfd|kernel-core PID --needle FILE...\n"
    "       attacker search-file PATH --needle FILE...\n"
    "       attacker secret-mappings PID\n"
    "       attacker refuse-memfd-secret -- COMMAND [ARGUMENT...]\n"
    "\n"
    "Tries to read the bytes of the needle files (16 or more each) out of another process, and "
    "says on\n"
    "stdout, in one line of JSON, what came of it. kernel-core ends the process.\n"
    "Exit status: 0 the attack was made, 2 wrong arguments, 3 it could not be made.\n";

int Usage(const char* problem) {
  fprintf(stderr, "attacker: %s\n%s", problem, kUsage);
  return kUsageError;
}

bool ParsePid(const char* text, pid_t* pid) {
  char* end = nullptr;
  errno = 0;
  const long value = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value <= 0 || value > INT_MAX) return false;
  *pid = static_cast<pid_t>(value);
  return true;
}

const char* ParseNeedles(int argc, char** argv, int first, std::vector<Needle>* needles) {
  for (int i = first; i < argc; i += 2) {
    if (strcmp(argv[i], "--needle") != 0) return "expected --needle";
    if (i + 1 >= argc) return "expected a file after --needle";
    Needle needle;
    if (memfd_secret::attacker::ReadWholeFile(argv[i + 1], &needle.bytes) != 0) {
      return "expected a needle file that can be read";
    }
    // A short one is found by chance.
    if (needle.bytes.size() < kShortestNeedle) return "expected a needle of 16 bytes or more";
    needles->push_back(needle);
  }
  return nullptr;
}

using PidAttack = bool (*)(pid_t, const std::vector<Needle>&, Result*);

PidAttack FindAttack(const char* name) {
  if (strcmp(name, "mem") == 0) return memfd_secret::attacker::AttackProcMem;
  if (strcmp(name, "process_vm_readv") == 0) return memfd_secret::attacker::AttackProcessVmReadv;
  if (strcmp(name, "ptrace") == 0) return memfd_secret::attacker::AttackPtrace;
  if (strcmp(name, "pidfd_getfd") == 0) return memfd_secret::attacker::AttackDescriptors;
  if (strcmp(name, "kernel-core") == 0) return memfd_secret::attacker::AttackKernelCore;
  return nullptr;
}

int Launch(int argc, char** argv) {
  if (argc < 4 || strcmp(argv[2], "--") != 0) return Usage("expected -- and a command");
  const int error = memfd_secret::attacker::RunWithoutMemfdSecret(argv + 3);
  fprintf(stderr, "attacker: could not run %s without memfd_secret: %s\n", argv[3],
          ErrnoName(error).c_str());
  return kCannotAttack;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 2 && strcmp(argv[1], "refuse-memfd-secret") == 0) return Launch(argc, argv);
  if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
    fputs(kUsage, stdout);
    return 0;
  }
  if (argc < 3) return Usage("expected an attack and what to attack");

  const PidAttack attack = FindAttack(argv[1]);
  const bool lists = strcmp(argv[1], "secret-mappings") == 0;
  const bool searches_file = strcmp(argv[1], "search-file") == 0;
  if (attack == nullptr && !lists && !searches_file) return Usage("no such attack");

  pid_t pid = 0;
  if (!searches_file && !ParsePid(argv[2], &pid)) return Usage("expected a process id");
  if (!searches_file && pid == getpid()) return Usage("expected another process than itself");
  std::vector<Needle> needles;
  const char* problem = ParseNeedles(argc, argv, 3, &needles);
  if (problem != nullptr) return Usage(problem);
  if (needles.empty() && !lists) return Usage("expected --needle");

  alarm(kSeconds);
  Result result;
  result.attack = argv[1];
  bool made = false;
  if (lists) {
    made = memfd_secret::attacker::ListSecretMappings(pid, &result);
  } else if (searches_file) {
    made = memfd_secret::attacker::SearchFile(argv[2], needles, &result);
  } else {
    made = attack(pid, needles, &result);
  }
  result.Print();
  return made ? 0 : kCannotAttack;
}
