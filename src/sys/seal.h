#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/mapping.h"
#include "sys/status.h"

namespace memfd_secret::sys {

// How a mapping is closed while nobody looks at it. Closed, a load is SIGSEGV and a system call on
// it EFAULT, those of BPF and of code that was injected included.
enum class Sealing : unsigned char {
  kNone = 0,
  kMprotect = 1,  // PROT_NONE: opened for all threads at once
  kPkey = 2,      // a protection key: opened for the calling thread alone, by its register
};

// How this process seals: chosen once, with one key for all that is sealed. in_child: the calls are
// first made in a throw-away child, since a seccomp filter may answer by a signal.
[[nodiscard]] Sealing ChooseSealing(bool in_child) noexcept;

// What ChooseSealing would answer, without choosing.
[[nodiscard]] Sealing TrySealing(bool in_child) noexcept;

// One mapping's. Only the thread that owns the mapping opens it, so it needs no lock: in kMprotect
// mode two threads would close it on each other.
struct Seal {
  Sealing sealing = Sealing::kNone;
  std::uint32_t openings = 0;  // kMprotect: scopes that have it open
  // kMprotect: what closing it failed by, if it did. It is open then, and no scope opens it again
  // before it has been closed, so that whoever uses it hears of it.
  Status unclosed;
};

// Closes whole pages that were open until now. kOk and nothing done for kNone.
Status CloseSeal(Sealing sealing, const Mapping& mapping, Seal* out) noexcept;

// Has a mapping open from here to the end of the scope; scopes may lie in one another. Where
// status() is no success it is closed, and nothing may touch it.
class SealOpening {
 public:
  SealOpening(Seal* seal, const Mapping& mapping) noexcept;
  ~SealOpening() noexcept;
  SealOpening(const SealOpening&) = delete;
  SealOpening& operator=(const SealOpening&) = delete;

  [[nodiscard]] Status status() const noexcept { return status_; }
  // Whether the memory can be touched: also where it could not be closed before, and is to be
  // wiped.
  [[nodiscard]] bool reachable() const noexcept { return status_.ok() || !seal_->unclosed.ok(); }

 private:
  Seal* seal_;
  const Mapping* mapping_;
  std::uint32_t register_ = 0;
  Status status_;
};

}  // namespace memfd_secret::sys
