#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::audit {

// What a caller asks for: bits of a set.
enum Encodings : unsigned {
  kRawBit = 1U << 0U,
  kReversedBit = 1U << 1U,
  kHexBit = 1U << 2U,
  kBase64Bit = 1U << 3U,
};

// How a copy is written. lib/audit/scan.ts names these numbers. Wide: two bytes a character, as V8
// keeps a string that has any character above U+00FF; on every supported machine the low byte
// first.
enum class Form : std::uint8_t {
  kRaw,
  kRawWide,
  kReversed,
  kHex,
  kHexWide,
  kBase64,
  kBase64Wide,
  kBase64Url,
  kBase64UrlWide,
};

struct Pattern {
  const unsigned char* bytes = nullptr;
  std::size_t length = 0;
  Form form = Form::kRaw;
};

inline constexpr std::size_t kMostPatterns = 19;

// Of a longer secret the first bytes are looked for: a copy has them too, and none has them by
// chance.
inline constexpr std::size_t kLongestSought = 4096;

// The shortest secret that can be looked for: fewer bytes are met by chance.
inline constexpr std::size_t kShortestSought = 8;

// Every way that a secret may be written, in secret memory of the caller; in ordinary memory are
// only lengths and addresses.
class Patterns {
 public:
  [[nodiscard]] static std::size_t BytesNeeded(std::size_t length) noexcept;

  // memory: BytesNeeded(length) bytes, zeroed. encodings: not empty. length: kShortestSought to
  // kLongestSought.
  void Build(unsigned char* memory, const void* secret, std::size_t length,
             unsigned encodings) noexcept;

  [[nodiscard]] const Pattern* begin() const noexcept { return items_; }
  [[nodiscard]] const Pattern* end() const noexcept { return items_ + count_; }
  [[nodiscard]] std::size_t shortest() const noexcept { return shortest_; }
  [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

 private:
  void Add(const unsigned char* bytes, std::size_t length, Form form) noexcept;
  void AddText(const unsigned char* text, std::size_t length, Form form, Form wide) noexcept;
  void BuildHex(const unsigned char* secret, std::size_t length) noexcept;
  void BuildBase64(const unsigned char* padded, std::size_t length) noexcept;

  Pattern items_[kMostPatterns];
  std::size_t count_ = 0;
  std::size_t shortest_ = SIZE_MAX;
  std::size_t longest_ = 0;
  unsigned char* free_ = nullptr;  // where the next pattern is written
};

}  // namespace memfd_secret::audit
