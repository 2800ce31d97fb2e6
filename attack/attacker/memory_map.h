#ifndef MEMFD_SECRET_ATTACK_ATTACKER_MEMORY_MAP_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_MEMORY_MAP_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace memfd_secret::attacker {

struct Mapping {
  uint64_t start = 0;
  uint64_t end = 0;
  bool readable = false;
  bool locked = false;     // VmFlags `lo`: mlock, the mark of the fallback
  bool secretmem = false;  // made by memfd_secret(2)
  std::string name;

  // Where the library under demonstration keeps secrets; everything else is ordinary memory.
  [[nodiscard]] bool HoldsSecrets() const { return locked || secretmem; }
};

// The victim's mappings from /proc/PID/smaps (proc(5)). 0 or an errno; EACCES is the refusal to
// another user.
[[nodiscard]] int ReadMemoryMap(pid_t pid, std::vector<Mapping>* mappings);

[[nodiscard]] int ReadWholeFile(const std::string& path, std::string* contents);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_MEMORY_MAP_H_
