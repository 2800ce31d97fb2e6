#ifndef MEMFD_SECRET_ATTACK_INSIDE_ATTEMPT_H_
#define MEMFD_SECRET_ATTACK_INSIDE_ATTEMPT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memfd_secret::inside {

// Whole pages of this process, the end excluded.
struct Pages {
  uint64_t start = 0;
  uint64_t end = 0;
};

inline void* ToPointer(uint64_t address) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(address));
}

// What one attack from inside came to. What it obtained lies in the file that it was told of: the
// verdict is by searching that, not by this.
struct Attempt {
  // Set where the attack as a whole could not be made; `error` then says why.
  const char* impossible = nullptr;
  int error = 0;
  // Pages tried, pages refused, the refusal, and bytes that came out.
  uint64_t tried = 0;
  uint64_t refused = 0;
  int refusal = 0;
  uint64_t bytes = 0;

  void Impossible(const char* what, int number) {
    impossible = what;
    error = number;
  }
  void Refuse(int number) {
    refused += 1;
    refusal = number;
  }
};

// Each tries the pages one by one, so that one that is refused hides no other, and writes what it
// obtains to the file `path`, which it makes.
using Attack = void (*)(const std::vector<Pages>& ranges, const char* path, Attempt* attempt);

// write(2) to a file opened with O_DIRECT: the disk reads the pages themselves.
void WriteDirect(const std::vector<Pages>& ranges, const char* path, Attempt* attempt);
// vmsplice(2): a pipe takes the pages themselves.
void SpliceIntoPipe(const std::vector<Pages>& ranges, const char* path, Attempt* attempt);
// IORING_REGISTER_BUFFERS, then IORING_OP_WRITE_FIXED from the registered pages.
void WriteRegistered(const std::vector<Pages>& ranges, const char* path, Attempt* attempt);
// UFFDIO_MOVE: takes each page away to an address of the attacker's choice.
void MoveByUserfaultfd(const std::vector<Pages>& ranges, const char* path, Attempt* attempt);
// A child by fork(2) writes the pages that it inherited.
void WriteFromChild(const std::vector<Pages>& ranges, const char* path, Attempt* attempt);

// A new file of mode 0600. -1 with errno set.
[[nodiscard]] int CreateFile(const char* path, int flags);
[[nodiscard]] size_t PageSize();

}  // namespace memfd_secret::inside

#endif  // MEMFD_SECRET_ATTACK_INSIDE_ATTEMPT_H_
