#ifndef MEMFD_SECRET_ATTACK_ATTACKER_SEARCH_H_
#define MEMFD_SECRET_ATTACK_ATTACKER_SEARCH_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "memory_map.h"
#include "request.h"
#include "result.h"

namespace memfd_secret::attacker {

// A way to read the victim. Read returns bytes read, or -1 with errno set.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual ssize_t Read(uint64_t address, void* into, size_t length) = 0;
};

// Looks for the needles in pieces that arrive one after another; finds those that span two pieces
// too.
class Searcher {
 public:
  Searcher(const std::vector<Needle>& needles, Result* result);
  // Forgets what came before: the next piece does not adjoin the last one.
  void Restart(uint64_t address, std::string where, bool in_secret);
  void Feed(const char* bytes, size_t length);

 private:
  const std::vector<Needle>& needles_;
  Result* result_;
  size_t keep_ = 0;
  std::string window_;
  uint64_t window_address_ = 0;
  std::string where_;
  bool in_secret_ = false;
};

// Reads every readable mapping, and those that hold secrets whatever their rights, and searches
// what comes.
void SearchMappings(const std::vector<Mapping>& mappings, const std::vector<Needle>& needles,
                    Reader* reader, Result* result);

[[nodiscard]] size_t PageSize();

}  // namespace memfd_secret::attacker

#endif  // MEMFD_SECRET_ATTACK_ATTACKER_SEARCH_H_
