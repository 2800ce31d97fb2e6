#ifndef MEMFD_SECRET_ATTACK_ATTACKER_BPF_PROGRAM_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_BPF_PROGRAM_H_

#include <sys/types.h>

#include <cstdint>

namespace memfd_secret::attacker {

// One page for the program to read, and what came of it. The layout is known to the program.
struct BpfPage {
  uint64_t address;
  int64_t outcome;  // 0, or a negative errno
  char bytes[4096];
};

// The value of `outcome` until the program was there.
inline constexpr int64_t kNotRead = 1;

// bpf(2) by its number: libc has no wrapper, and no library is wanted. A descriptor or a negative
// errno.
[[nodiscard]] int CreateArray(uint32_t value_size, uint32_t entries);
[[nodiscard]] int UpdateElement(int map, uint32_t key, const void* value);
[[nodiscard]] int LookUpElement(int map, uint32_t key, void* value);

// A program for the raw tracepoint sys_enter: at each system call of the main thread of `pid` it
// reads the page that `cursor` (an array of one uint64_t) points to in `pages` (an array of
// BpfPage) by bpf_probe_read_user, and moves the cursor on.
[[nodiscard]] int LoadReader(pid_t pid, int cursor, int pages);
[[nodiscard]] int AttachToSystemCalls(int program);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_BPF_PROGRAM_H_
