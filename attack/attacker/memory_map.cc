#include "memory_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>

namespace memfd_secret::attacker {
namespace {

constexpr char kSecretmem[] = "/secretmem";
constexpr char kVmFlags[] = "VmFlags:";

// "7f0000000000-7f0000001000 rw-s 00000000 00:0e 12  /secretmem (deleted)"
bool ParseHeader(const std::string& line, Mapping* mapping) {
  uint64_t start = 0;
  uint64_t end = 0;
  char rights[5] = "";
  int name_at = 0;
  if (sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &start, &end, rights,
             &name_at) < 3) {
    return false;
  }
  *mapping = Mapping();
  mapping->start = start;
  mapping->end = end;
  mapping->readable = rights[0] == 'r';
  if (name_at > 0) mapping->name = line.substr(static_cast<size_t>(name_at));
  mapping->secretmem = mapping->name.compare(0, sizeof kSecretmem - 1, kSecretmem) == 0;
  return true;
}

}  // namespace

int ReadWholeFile(const std::string& path, std::string* contents) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  contents->clear();
  char chunk[65536];
  int error = 0;
  for (;;) {
    const ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    contents->append(chunk, static_cast<size_t>(got));
  }
  close(fd);
  return error;
}

int ReadMemoryMap(pid_t pid, std::vector<Mapping>* mappings) {
  std::string text;
  const int error = ReadWholeFile("/proc/" + std::to_string(pid) + "/smaps", &text);
  if (error != 0) return error;
  mappings->clear();
  size_t at = 0;
  while (at < text.size()) {
    size_t line_end = text.find('\n', at);
    if (line_end == std::string::npos) line_end = text.size();
    const std::string line = text.substr(at, line_end - at);
    at = line_end + 1;
    Mapping mapping;
    if (ParseHeader(line, &mapping)) {
      mappings->push_back(mapping);
    } else if (!mappings->empty() && line.compare(0, sizeof kVmFlags - 1, kVmFlags) == 0) {
      mappings->back().locked = (line + " ").find(" lo ") != std::string::npos;
    }
  }
  // A zombie's file is empty: nothing was looked at, which must not pass for "nothing found".
  return mappings->empty() ? ESRCH : 0;
}

}  // namespace memfd_secret::attacker
