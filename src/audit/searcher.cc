#include "audit/searcher.h"

namespace memfd_secret::audit {

void Searcher::Prepare(unsigned char* table, const Patterns* patterns) noexcept {
  patterns_ = patterns;
  table_ = table;
  window_ = patterns->shortest() < kLongestWindow ? patterns->shortest() : kLongestWindow;
  const std::size_t farthest = window_ - kBlock;
  std::memset(table, static_cast<int>(farthest + 1), kTableBytes);
  for (const Pattern& pattern : *patterns) {
    for (std::size_t at = 0; at <= farthest; ++at) {
      unsigned char& shift = table[Hash(Load(pattern.bytes + at))];
      const std::size_t wanted = farthest - at;
      shift = wanted < shift ? static_cast<unsigned char>(wanted) : shift;
    }
  }
}

}  // namespace memfd_secret::audit
