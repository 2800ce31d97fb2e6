#include "list_links.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace memfd_secret::attacker {

int ListLinks(const std::string& folder, std::vector<std::string>* names) {
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return errno;
  for (const dirent* entry = readdir(directory); entry != nullptr; entry = readdir(directory)) {
    if (entry->d_name[0] != '.') names->emplace_back(entry->d_name);
  }
  closedir(directory);
  std::sort(names->begin(), names->end());
  return 0;
}

std::string LinkOf(const std::string& path) {
  char target[512];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

}  // namespace memfd_secret::attacker
