#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/status.h"

namespace memfd_secret::preload {

// The exit status where the library or `memfd-secret run` refuses: that of env(1) and timeout(1)
// for their own failures.
inline constexpr int kRefused = 125;

// One line for standard error, put together without an allocation: OpenSSL may be in the middle of
// one.
class Message {
 public:
  Message() noexcept;
  Message& Add(const char* text) noexcept;
  Message& AddNumber(std::uint64_t number) noexcept;
  Message& AddStatus(const sys::Status& status) noexcept;  // "memfd_secret: errno 38"
  void Write() noexcept;

 private:
  static constexpr std::size_t kLongest = 512;
  char text_[kLongest];
  std::size_t length_ = 0;
};

// Says why and ends the process with kRefused.
[[noreturn]] void Refuse(Message& message) noexcept;

// Says why and ends the process by SIGABRT: memory is corrupt.
[[noreturn]] void EndProcess(const char* text) noexcept;

}  // namespace memfd_secret::preload
