#ifndef MEMFD_SECRET_ATTACK_ATTACKER_SEARCH_DESCRIPTOR_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_SEARCH_DESCRIPTOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "request.h"
#include "result.h"

namespace memfd_secret::attacker {

// Reads a descriptor by pread(2), to its end or to `limit` bytes. 0 or an errno. `skip_holes` moves
// the file offset, which a descriptor taken from the victim shares with the victim.
[[nodiscard]] int SearchByPread(int fd, const std::string& name, uint64_t limit, bool skip_holes,
                                const std::vector<Needle>& needles, Result* result);

// Reads a descriptor of any kind in every way there is: by mmap(2) and by pread(2).
void SearchDescriptor(int fd, const std::string& name, const std::vector<Needle>& needles,
                      Result* result);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_SEARCH_DESCRIPTOR_H_
