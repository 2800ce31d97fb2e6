#ifndef MEMFD_SECRET_DEMO_ATTACKER_ATTACKS_H_
#define MEMFD_SECRET_DEMO_ATTACKER_ATTACKS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "result.h"

namespace memfd_secret::attacker {

// Each returns false where the attack could not be made; the result then says why.

[[nodiscard]] bool AttackProcMem(pid_t pid, const std::vector<Needle>& needles, Result* result);
[[nodiscard]] bool AttackProcessVmReadv(pid_t pid, const std::vector<Needle>& needles,
                                        Result* result);
// PTRACE_PEEKDATA gives 8 bytes a call: it reads the pages where process_vm_readv found something,
// and every page that holds secrets.
[[nodiscard]] bool AttackPtrace(pid_t pid, const std::vector<Needle>& needles, Result* result);
// Takes every descriptor of the victim, and reads each by mmap and by pread.
[[nodiscard]] bool AttackDescriptors(pid_t pid, const std::vector<Needle>& needles, Result* result);
// Ends the victim by SIGABRT and searches the core file that the kernel leaves in the victim's
// working directory.
[[nodiscard]] bool AttackKernelCore(pid_t pid, const std::vector<Needle>& needles, Result* result);
// Searches a file, such as a core dump that another program made.
[[nodiscard]] bool SearchFile(const std::string& path, const std::vector<Needle>& needles,
                              Result* result);
// Reads nothing: says where the mappings that hold secrets are, for injected code.
[[nodiscard]] bool ListSecretMappings(pid_t pid, Result* result);

// Runs `command` where memfd_secret(2) answers ENOSYS, as on a kernel without it. Returns only on
// failure: an errno.
[[nodiscard]] int RunWithoutMemfdSecret(char** command);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_DEMO_ATTACKER_ATTACKS_H_
