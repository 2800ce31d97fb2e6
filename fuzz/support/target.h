#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::fuzz {

// What is fed with byte strings: one in a program of libFuzzer's, all of them in the one that
// replays the corpus. A static object of it registers a target.
class Target {
 public:
  Target(const char* name, void (*run)(const std::uint8_t*, std::size_t)) noexcept;

  void Run(const std::uint8_t* bytes, std::size_t length) const { run_(bytes, length); }
  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] const Target* next() const noexcept { return next_; }
  [[nodiscard]] static const Target* first() noexcept;

 private:
  const char* name_;
  void (*run_)(const std::uint8_t*, std::size_t);
  const Target* next_;
};

}  // namespace memfd_secret::fuzz
