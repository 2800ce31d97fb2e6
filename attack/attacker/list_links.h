#ifndef MEMFD_SECRET_ATTACK_ATTACKER_LIST_LINKS_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_LIST_LINKS_H_

#include <string>
#include <vector>

namespace memfd_secret::attacker {

// The names in a folder of /proc. 0 or an errno.
[[nodiscard]] int ListLinks(const std::string& folder, std::vector<std::string>* names);

// The target of a symbolic link, or empty.
[[nodiscard]] std::string LinkOf(const std::string& path);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_LIST_LINKS_H_
