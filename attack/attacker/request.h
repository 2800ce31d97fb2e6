#ifndef MEMFD_SECRET_ATTACK_ATTACKER_REQUEST_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_REQUEST_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace memfd_secret::attacker {

// What the attacker looks for: bytes read from a file, so that they never stand in an argument
// list.
struct Needle {
  std::string bytes;
};

// Addresses of the victim, the end excluded.
struct Range {
  uint64_t start = 0;
  uint64_t end = 0;
};

// Whom to attack, and for what. An attack uses what it needs of it.
struct Request {
  pid_t pid = 0;
  std::string path;
  std::vector<Needle> needles;
  std::vector<Range> ranges;
};

// Fills in needles and ranges from the arguments behind the second. A problem in words, or null.
[[nodiscard]] const char* ParseOptions(int argc, char** argv, Request* request);
[[nodiscard]] bool ParsePid(const char* text, pid_t* pid);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_REQUEST_H_
