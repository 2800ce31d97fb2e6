#ifndef MEMFD_SECRET_ATTACK_ATTACKER_ATTACKS_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_ATTACKS_H_

#include "request.h"
#include "result.h"

namespace memfd_secret::attacker {

// Each returns false where the attack could not be made; the result then says why.

// Reads the whole memory of the victim.
[[nodiscard]] bool AttackProcMem(const Request& request, Result* result);
[[nodiscard]] bool AttackProcessVmReadv(const Request& request, Result* result);
// PTRACE_PEEKDATA gives 8 bytes a call: it reads the pages where process_vm_readv found something,
// and every page that holds secrets.
[[nodiscard]] bool AttackPtracePeek(const Request& request, Result* result);
// Takes every descriptor of the victim, and reads each by mmap and by pread.
[[nodiscard]] bool AttackPidfdGetfd(const Request& request, Result* result);
// Opens every descriptor of the victim anew, through its link in /proc.
[[nodiscard]] bool AttackProcFd(const Request& request, Result* result);
// Opens what lies behind every mapping of the victim.
[[nodiscard]] bool AttackMapFiles(const Request& request, Result* result);
// Ends the victim by SIGABRT and searches the core file that the kernel leaves in the victim's
// working directory.
[[nodiscard]] bool AttackKernelCore(const Request& request, Result* result);
// Lets a BPF program read the pages of the ranges while the victim is in a system call.
[[nodiscard]] bool AttackBpf(const Request& request, Result* result);

// Write kOverwritten over the ranges. Whether that landed is for the victim to say.
[[nodiscard]] bool AttackProcMemWrite(const Request& request, Result* result);
[[nodiscard]] bool AttackProcessVmWritev(const Request& request, Result* result);
[[nodiscard]] bool AttackPtracePoke(const Request& request, Result* result);

// Presses the pages of the ranges out to swap.
[[nodiscard]] bool PageOut(const Request& request, Result* result);
// Searches a file, such as a core dump that another program made, or a swap area.
[[nodiscard]] bool SearchFile(const Request& request, Result* result);
// Reads nothing: says where the mappings that hold secrets are.
[[nodiscard]] bool ListSecretMappings(const Request& request, Result* result);

// Runs `command` where memfd_secret(2) answers ENOSYS, as on a kernel without it. Returns only on
// failure: an errno.
[[nodiscard]] int RunWithoutMemfdSecret(char** command);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_ATTACKS_H_
