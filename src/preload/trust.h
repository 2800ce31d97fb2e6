#pragma once

#include <atomic>
#include <cstdint>

namespace memfd_secret::preload {

// Whether a way to tell callers holds in this program. What it needs is read at the first question,
// by the thread that asks it; others get no answer meanwhile, and nobody waits. Once lost, it stays
// lost.
class Trust {
 public:
  constexpr Trust() noexcept = default;

  // At the start: there is something to read.
  void Offer() noexcept { state_.store(State::kUnread, std::memory_order_release); }

  // read: whether all was found that the way needs.
  template <typename Read>
  [[nodiscard]] bool Holds(Read read) noexcept {
    State now = state_.load(std::memory_order_acquire);
    if (now == State::kUnread &&
        state_.compare_exchange_strong(now, State::kReading, std::memory_order_acquire)) {
      now = read() ? State::kHolds : State::kLost;
      state_.store(now, std::memory_order_release);
    }
    return now == State::kHolds;
  }

  void Lose() noexcept { state_.store(State::kLost, std::memory_order_release); }

 private:
  enum class State : std::uint8_t { kUnread, kReading, kHolds, kLost };
  std::atomic<State> state_{State::kLost};
};

}  // namespace memfd_secret::preload
