#ifndef MEMFD_SECRET_ATTACK_ATTACKER_RESULT_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_RESULT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace memfd_secret::attacker {

// One place where a needle was read back.
struct Hit {
  size_t needle = 0;
  uint64_t address = 0;  // in the victim, or the offset in a file or descriptor
  std::string where;     // the mapping's name, the descriptor's link or the file's name
  bool in_secret = false;
};

// What one attack came to. Written to stdout as one line of JSON; judging it is the caller's part.
struct Result {
  std::string attack;
  // Set where the attack as a whole could not be made (no right, not built into this kernel).
  std::string impossible;
  int impossible_errno = 0;
  std::vector<Hit> hits;
  uint64_t hit_count = 0;
  // Of the mappings that hold secrets, or of the ranges asked for: pages tried, pages refused, and
  // the refusal.
  uint64_t secret_pages = 0;
  uint64_t secret_pages_refused = 0;
  int refusal_errno = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  // Of what is a descriptor in the victim, or a link in its map_files: seen, and obtained.
  uint64_t descriptors = 0;
  uint64_t descriptors_taken = 0;
  uint64_t secret_descriptors = 0;
  // secret-mappings only.
  struct Range {
    uint64_t start;
    uint64_t end;
    std::string name;
  };
  std::vector<Range> secret_mappings;

  void AddHit(Hit hit);
  void RefuseSecretPage(int error);
  [[nodiscard]] bool Fail(const std::string& what, int error);
  void Print() const;
};

// "EIO"; "errno 99" where the table of this small program has no name.
[[nodiscard]] std::string ErrnoName(int error);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_RESULT_H_
