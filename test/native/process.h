#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "sys/status.h"

namespace memfd_secret::test {

// Runs body in a forked child; fails the test where a check in it failed or it did not end by
// itself.
void InFork(const std::function<void()>& body);

// How a forked child died: what its own signal handler saw, checked against what the kernel told
// its parent.
struct Death {
  int signal = 0;
  int code = 0;  // si_code
  const void* address = nullptr;
};

// Fails the test where body ends without a signal.
[[nodiscard]] Death DeathOf(const std::function<void()>& body);

// A child that prepares something, tells its address, and waits to be killed by the destructor.
class Victim {
 public:
  explicit Victim(const std::function<void*()>& prepare);
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] void* address() const noexcept { return address_; }

 private:
  pid_t pid_ = -1;
  void* address_ = nullptr;
};

// What a process holds: what a failure must give back. Stack and heap, which only ever grow, are
// not counted; with a sanitizer, secret mappings alone are.
struct Footprint {
  std::size_t descriptors = 0;
  std::size_t mappings = 0;
  std::size_t bytes = 0;   // of mappings
  std::size_t locked = 0;  // VmLck, bytes

  bool operator==(const Footprint&) const = default;
};

[[nodiscard]] Footprint MeasureFootprint();

// One mapping of this process, of /proc/self/smaps. from is 0 where nothing is mapped.
struct Region {
  std::uintptr_t from = 0;
  std::uintptr_t to = 0;
  std::string permissions;
  std::string name;
  std::string flags;  // of the line VmFlags, each after a space

  [[nodiscard]] bool Has(const char* flag) const {
    return (flags + " ").find(std::string(" ") + flag + " ") != std::string::npos;
  }
};

[[nodiscard]] Region RegionAt(const void* address);

// Bytes of this process's secret mappings.
[[nodiscard]] std::size_t SecretBytes();

// Whether secret pages were refused by RLIMIT_MEMLOCK: told by mmap on some kernels, at the first
// touch on others.
[[nodiscard]] bool IsSecretLimit(const sys::Status& status) noexcept;

// The soft limit only, so that a test can undo it.
void SetSoftLimit(int resource, std::size_t limit);

// A system call that a seccomp filter refuses from now on: with an errno, or with the action where
// error is 0. argument: -1, or which argument masked must equal value.
struct Refusal {
  long number = 0;
  int error = 0;
  unsigned action = 0;
  int argument = -1;
  unsigned mask = 0;
  unsigned value = 0;
};

void Refuse(const Refusal& refusal);

// Random numbers that are the same in each run.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed * 0x9e3779b97f4a7c15 + 1) {}

  // From 0 to bound - 1.
  std::size_t Below(std::size_t bound) noexcept {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<std::size_t>(state_ >> 11U) % bound;
  }

 private:
  std::uint64_t state_;
};

// Whether all bytes equal value.
[[nodiscard]] bool AllBytesAre(const std::byte* from, std::size_t length, unsigned char value);

}  // namespace memfd_secret::test
