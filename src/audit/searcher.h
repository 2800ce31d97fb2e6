#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "audit/patterns.h"

namespace memfd_secret::audit {

// Finds all patterns in one pass (Wu and Manber, "A fast algorithm for multi-pattern searching",
// 1994): a table tells, for four bytes of text, how far ahead the nearest pattern could end, so
// that most bytes are never looked at. No vector instructions: it is the same on each architecture.
class Searcher {
 public:
  static constexpr unsigned kTableBits = 13;
  static constexpr std::size_t kTableBytes = std::size_t{1} << kTableBits;

  // table: kTableBytes of secret memory, since it tells much of the secret. patterns: must live on.
  void Prepare(unsigned char* table, const Patterns* patterns) noexcept;

  // Calls sink(offset, pattern) for each place in text where a whole pattern lies.
  template <typename Sink>
  void Search(const unsigned char* text, std::size_t length, Sink&& sink) const noexcept {
    std::size_t at = window_ - kBlock;
    while (at + kBlock <= length) {
      const std::uint32_t block = Load(text + at);
      const std::size_t shift = table_[Hash(block)];
      if (shift != 0) {
        at += shift;
        continue;
      }
      const std::size_t start = at + kBlock - window_;
      for (const Pattern& pattern : *patterns_) {
        if (Load(pattern.bytes + window_ - kBlock) == block && pattern.length <= length - start &&
            std::memcmp(pattern.bytes, text + start, pattern.length) == 0) {
          sink(start, pattern);
        }
      }
      ++at;
    }
  }

 private:
  static constexpr std::size_t kBlock = 4;
  // Longer windows would fill the table without skipping much more.
  static constexpr std::size_t kLongestWindow = 64;

  static std::uint32_t Load(const unsigned char* at) noexcept {
    std::uint32_t block = 0;
    std::memcpy(&block, at, kBlock);
    return block;
  }
  static std::size_t Hash(std::uint32_t block) noexcept {
    return block * 0x9e3779b1U >> (32U - kTableBits);
  }

  const unsigned char* table_ = nullptr;
  const Patterns* patterns_ = nullptr;
  std::size_t window_ = 0;  // bytes of each pattern that the table knows
};

}  // namespace memfd_secret::audit
