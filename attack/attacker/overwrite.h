#ifndef MEMFD_SECRET_ATTACK_ATTACKER_OVERWRITE_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_OVERWRITE_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "request.h"
#include "result.h"

namespace memfd_secret::attacker {

// A way to write into the victim. Write returns bytes written, or -1 with errno set.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual ssize_t Write(uint64_t address, const void* from, size_t length) = 0;
};

// Writes 0xa5 over the ranges, a page at a time, and counts what was refused.
void Overwrite(const std::vector<Range>& ranges, Writer* writer, Result* result);

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_OVERWRITE_H_
