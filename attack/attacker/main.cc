#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "attacks.h"
#include "memory_map.h"

namespace {

using memfd_secret::attacker::ErrnoName;
using memfd_secret::attacker::Request;
using memfd_secret::attacker::Result;

constexpr int kUsageError = 2;
constexpr int kCannotAttack = 3;
// The victim is stopped while ptrace reads it: this program must end by itself, whatever happens.
constexpr unsigned int kSeconds = 60;

constexpr char kUsage[] =
    "usage: attacker ATTACK PID --needle FILE...\n"
    "         mem process_vm_readv ptrace pidfd_getfd proc-fd map-files kernel-core\n"
    "       attacker ATTACK PID --range START-END...\n"
    "         mem-write process_vm_writev ptrace-poke page-out\n"
    "       attacker bpf PID --needle FILE... --range START-END...\n"
    "       attacker search-file PATH --needle FILE...\n"
    "       attacker secret-mappings PID\n"
    "       attacker refuse-memfd-secret -- COMMAND [ARGUMENT...]\n"
    "\n"
    "Tries to read the bytes of the needle files (16 or more each) out of another process, or to\n"
    "write over its memory, and says on stdout, in one line of JSON, what came of it. kernel-core\n"
    "ends the process.\n"
    "Exit status: 0 the attack was made, 2 wrong arguments, 3 it could not be made.\n";

struct Attack {
  const char* name;
  bool (*make)(const Request&, Result*);
  bool needs_pid;
  bool needs_needles;
  bool needs_ranges;
};

constexpr Attack kAttacks[] = {
    {"mem", memfd_secret::attacker::AttackProcMem, true, true, false},
    {"process_vm_readv", memfd_secret::attacker::AttackProcessVmReadv, true, true, false},
    {"ptrace", memfd_secret::attacker::AttackPtracePeek, true, true, false},
    {"pidfd_getfd", memfd_secret::attacker::AttackPidfdGetfd, true, true, false},
    {"proc-fd", memfd_secret::attacker::AttackProcFd, true, true, false},
    {"map-files", memfd_secret::attacker::AttackMapFiles, true, true, false},
    {"kernel-core", memfd_secret::attacker::AttackKernelCore, true, true, false},
    {"bpf", memfd_secret::attacker::AttackBpf, true, true, true},
    {"mem-write", memfd_secret::attacker::AttackProcMemWrite, true, false, true},
    {"process_vm_writev", memfd_secret::attacker::AttackProcessVmWritev, true, false, true},
    {"ptrace-poke", memfd_secret::attacker::AttackPtracePoke, true, false, true},
    {"page-out", memfd_secret::attacker::PageOut, true, false, true},
    {"search-file", memfd_secret::attacker::SearchFile, false, true, false},
    {"secret-mappings", memfd_secret::attacker::ListSecretMappings, true, false, false},
};

int Usage(const char* problem) {
  fprintf(stderr, "attacker: %s\n%s", problem, kUsage);
  return kUsageError;
}

const Attack* FindAttack(const char* name) {
  for (const Attack& attack : kAttacks) {
    if (strcmp(attack.name, name) == 0) return &attack;
  }
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
  const Attack* attack = FindAttack(argv[1]);
  if (attack == nullptr) return Usage("no such attack");

  Request request;
  if (!attack->needs_pid) {
    request.path = argv[2];
  } else if (!memfd_secret::attacker::ParsePid(argv[2], &request.pid)) {
    return Usage("expected a process id");
  } else if (request.pid == getpid()) {
    return Usage("expected another process than itself");
  }
  const char* problem = memfd_secret::attacker::ParseOptions(argc, argv, &request);
  if (problem != nullptr) return Usage(problem);
  if (attack->needs_needles && request.needles.empty()) return Usage("expected --needle");
  if (attack->needs_ranges && request.ranges.empty()) return Usage("expected --range");

  alarm(kSeconds);
  Result result;
  result.attack = attack->name;
  const bool made = attack->make(request, &result);
  result.Print();
  return made ? 0 : kCannotAttack;
}
