#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "audit/owner.h"
#include "audit/patterns.h"
#include "audit/searcher.h"
#include "sys/pages.h"
#include "sys/status.h"

namespace memfd_secret::audit {

// Readable memory of a process. anonymous: whose owner is to be found out.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool anonymous = false;
};

struct Hit {
  std::uint64_t address = 0;
  std::uint32_t range = 0;
  Form form = Form::kRaw;
  Owner owner = Owner::kUnknown;
};

// A secret met more often than this is no longer looked for.
inline constexpr std::size_t kMostHits = 1000;

// One search of one process's memory. Patterns and what is read lie in secret pages of its own,
// which take part in no arena: a search holds no slot and its thread shares nothing with
// JavaScript.
class Scan {
 public:
  Scan() noexcept = default;
  ~Scan() noexcept { Release(); }
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  // Bytes of the pages that a search for a secret of this length takes.
  [[nodiscard]] static std::size_t BytesNeeded(std::size_t length) noexcept;

  // Copies the secret. length: kShortestSought or more. encodings: bits of Encodings, not empty.
  sys::Status Prepare(sys::Backing backing, const void* secret, std::size_t length,
                      unsigned encodings) noexcept;

  // Reads the ranges, in ascending order, from any one thread. ECANCELED after Cancel. A page that
  // cannot be read is passed over; any other refusal of process_vm_readv(2) ends the search.
  sys::Status Run(int process, const Range* ranges, std::size_t count) noexcept;

  // Wipes the pages and gives them back. Idempotent.
  void Release() noexcept;

  // From any thread.
  void Cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  // Bytes read so far.
  [[nodiscard]] std::uint64_t read() const noexcept {
    return read_.load(std::memory_order_relaxed);
  }

  // Once Run has returned.
  [[nodiscard]] const Hit* hits() const noexcept { return hits_; }
  [[nodiscard]] std::size_t hit_count() const noexcept { return hit_count_; }

 private:
  sys::Status ReadRange(int process, const Range& range, std::uint32_t index) noexcept;
  void Look(int process, const Range& range, std::uint32_t index, std::uint64_t address,
            std::size_t got) noexcept;
  [[nodiscard]] bool stopped() const noexcept {
    return hit_count_ == kMostHits || cancelled_.load(std::memory_order_relaxed);
  }

  sys::Mapping pages_;
  Patterns patterns_;
  Searcher searcher_;
  std::uint64_t* words_ = nullptr;
  unsigned char* chunk_ = nullptr;  // what is read; the end of what came before lies before it
  std::size_t kept_ = 0;            // bytes of that
  std::atomic<bool> cancelled_{false};
  std::atomic<std::uint64_t> read_{0};
  Hit hits_[kMostHits];
  std::size_t hit_count_ = 0;
};

}  // namespace memfd_secret::audit
