#include "audit/scan.h"

#include <cerrno>
#include <cstring>

#include "sys/bytes.h"
#include "sys/process_memory.h"

namespace memfd_secret::audit {
namespace {

// Stays in the second-level cache of a core.
constexpr std::size_t kChunk = std::size_t{128} << 10U;
constexpr std::size_t kWordBytes = kOwnerWords * sizeof(std::uint64_t);
constexpr std::size_t kLine = 64;

std::size_t Sought(std::size_t length) noexcept {
  return length < kLongestSought ? length : kLongestSought;
}

// The longest pattern: hex, two bytes a character.
std::size_t MostKept(std::size_t length) noexcept {
  return (4 * Sought(length) + kLine - 1) / kLine * kLine;
}

}  // namespace

std::size_t Scan::BytesNeeded(std::size_t length) noexcept {
  return sys::RoundUpToPages(Searcher::kTableBytes + kWordBytes + MostKept(length) + kChunk +
                             Patterns::BytesNeeded(Sought(length)));
}

sys::Status Scan::Prepare(sys::Backing backing, const void* secret, std::size_t length,
                          unsigned encodings) noexcept {
  if (const sys::Status status = sys::MapPages(backing, BytesNeeded(length), &pages_);
      !status.ok()) {
    return status;
  }
  auto* at = reinterpret_cast<unsigned char*>(pages_.pages);
  unsigned char* table = at;
  at += Searcher::kTableBytes;
  words_ = reinterpret_cast<std::uint64_t*>(at);
  chunk_ = at + kWordBytes + MostKept(length);
  patterns_.Build(chunk_ + kChunk, secret, Sought(length), encodings);
  searcher_.Prepare(table, &patterns_);
  return sys::kOk;
}

void Scan::Release() noexcept {
  if (pages_.mapped()) {
    sys::Wipe(pages_.pages, pages_.length);
    static_cast<void>(sys::Unmap(pages_));
    pages_ = {};
  }
}

sys::Status Scan::Run(int process, const Range* ranges, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count && !stopped(); ++i) {
    if (i == 0 || ranges[i].begin != ranges[i - 1].end) {
      kept_ = 0;
    }
    if (const sys::Status status = ReadRange(process, ranges[i], static_cast<std::uint32_t>(i));
        !status.ok()) {
      return status;
    }
  }
  return cancelled_.load(std::memory_order_relaxed)
             ? sys::Status{sys::Call::kProcessVmReadv, ECANCELED}
             : sys::kOk;
}

sys::Status Scan::ReadRange(int process, const Range& range, std::uint32_t index) noexcept {
  const std::uint64_t page = sys::PageSize();
  for (std::uint64_t at = range.begin; at < range.end && !stopped();) {
    const std::uint64_t left = range.end - at;
    const std::size_t wanted = left < kChunk ? static_cast<std::size_t>(left) : kChunk;
    std::size_t got = 0;
    const sys::Status status = sys::ReadProcess(process, at, chunk_, wanted, &got);
    if (!status.ok() && status.error != EFAULT) {
      return status;
    }
    if (got == 0) {
      // Secret, unmapped meanwhile, or a device's.
      at = (at / page + 1) * page;
      kept_ = 0;
      continue;
    }
    Look(process, range, index, at, got);
    at += got;
    read_.fetch_add(got, std::memory_order_relaxed);
  }
  return sys::kOk;
}

void Scan::Look(int process, const Range& range, std::uint32_t index, std::uint64_t address,
                std::size_t got) noexcept {
  unsigned char* text = chunk_ - kept_;
  const std::size_t length = kept_ + got;
  std::size_t fresh = hit_count_;
  searcher_.Search(text, length, [&](std::size_t offset, const Pattern& pattern) noexcept {
    // What lies in the kept part alone was found before.
    if (offset + pattern.length > kept_ && hit_count_ < kMostHits) {
      const std::uint64_t found = address - kept_ + offset;
      // Begun in the range before, which ends where this one begins.
      const std::uint32_t of = found < range.begin ? index - 1 : index;
      hits_[hit_count_++] = {found, of, pattern.form, Owner::kUnknown};
    }
  });
  for (; fresh < hit_count_; ++fresh) {
    if (range.anonymous && hits_[fresh].range == index) {
      hits_[fresh].owner = FindOwner({process, words_}, range.begin, hits_[fresh].address);
    }
  }
  const std::size_t most = patterns_.longest() - 1;
  kept_ = length < most ? length : most;
  std::memmove(chunk_ - kept_, text + length - kept_, kept_);
}

}  // namespace memfd_secret::audit
