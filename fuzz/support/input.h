#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::fuzz {

// A byte string as a row of decisions. Past its end every answer is 0, so that no input is too
// short for what it began.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t length) noexcept
      : next_(bytes), end_(bytes + length) {}

  [[nodiscard]] bool empty() const noexcept { return next_ == end_; }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - next_); }
  [[nodiscard]] const std::uint8_t* rest() const noexcept { return next_; }

  std::uint8_t Byte() noexcept { return empty() ? std::uint8_t{0} : *next_++; }
  std::size_t Number() noexcept {
    const std::size_t low = Byte();
    return low | std::size_t{Byte()} << 8U;
  }
  // Below limit, which is not 0.
  std::size_t Below(std::size_t limit) noexcept {
    return (limit <= 256 ? Byte() : Number()) % limit;
  }
  // Skips up to wanted bytes and says how many there were.
  std::size_t Take(std::size_t wanted) noexcept {
    const std::size_t taken = wanted < left() ? wanted : left();
    next_ += taken;
    return taken;
  }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

}  // namespace memfd_secret::fuzz
