// The search for copies: what it looks for, and that it finds each of it.
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/patterns.h"
#include "audit/scan.h"
#include "audit/searcher.h"
#include "harness.h"
#include "sys/process_memory.h"

namespace memfd_secret::test {
namespace {

using Bytes = std::vector<unsigned char>;
using Found = std::vector<std::pair<std::size_t, const audit::Pattern*>>;

constexpr unsigned kAll = audit::kRawBit | audit::kReversedBit | audit::kHexBit | audit::kBase64Bit;
constexpr unsigned char kUntouched = 0xee;

struct Built {
  Bytes memory;
  audit::Patterns patterns;
};

void Build(const Bytes& secret, unsigned encodings, Built* built) {
  const std::size_t needed = audit::Patterns::BytesNeeded(secret.size());
  built->memory.assign(needed, 0);
  built->memory.push_back(kUntouched);
  built->patterns.Build(built->memory.data(), secret.data(), secret.size(), encodings);
  EXPECT_EQUAL(built->memory.back(), kUntouched);
  for (const audit::Pattern& pattern : built->patterns) {
    EXPECT(pattern.bytes >= built->memory.data());
    EXPECT(pattern.bytes + pattern.length <= built->memory.data() + needed);
  }
}

bool Has(const Built& built, std::string_view text, audit::Form form) {
  return std::any_of(built.patterns.begin(), built.patterns.end(), [&](const auto& pattern) {
    return pattern.form == form && pattern.length == text.size() &&
           std::memcmp(pattern.bytes, text.data(), text.size()) == 0;
  });
}

const Test kForms{
    "audit: what a secret may be written as", {}, [] {
      constexpr std::string_view kSecret = "\xfb\xef\xbe\xff\xffkey";
      Built built;
      Build(Bytes(kSecret.begin(), kSecret.end()), kAll, &built);
      EXPECT(Has(built, kSecret, audit::Form::kRaw));
      EXPECT(Has(built, std::string(kSecret.rbegin(), kSecret.rend()), audit::Form::kReversed));
      EXPECT(Has(built, "fbefbeffff6b6579", audit::Form::kHex));
      EXPECT(Has(built, "FBEFBEFFFF6B6579", audit::Form::kHex));
      EXPECT(Has(built, "++++//9rZX", audit::Form::kBase64));
      EXPECT(Has(built, "vvvv//a2V5", audit::Form::kBase64));
      EXPECT(Has(built, "7777//2tle", audit::Form::kBase64));
      EXPECT(Has(built, "----__9rZX", audit::Form::kBase64Url));
      std::string wide;
      for (const char character : std::string_view("fbefbeffff6b6579")) {
        wide += character;
        wide += '\0';
      }
      EXPECT(Has(built, wide, audit::Form::kHexWide));
      EXPECT_EQUAL(std::distance(built.patterns.begin(), built.patterns.end()),
                   audit::kMostPatterns);
    }};

const Test kRoom{"audit: patterns of every length stay in their room", {}, [] {
                   std::mt19937 random{1};
                   for (std::size_t length = audit::kShortestSought; length < 300; ++length) {
                     Bytes secret(length);
                     for (auto& byte : secret) {
                       byte = static_cast<unsigned char>(random());
                     }
                     Built built;
                     Build(secret, kAll, &built);
                     EXPECT(built.patterns.shortest() >= audit::kShortestSought);
                   }
                   Built longest;
                   Build(Bytes(audit::kLongestSought, 0xa7), kAll, &longest);
                   EXPECT_EQUAL(longest.patterns.longest(), 4 * audit::kLongestSought);
                 }};

// Patterns that are alike, in text that is much like them: each place, and no other.
const Test kSearch{
    "audit: finds what a search byte by byte finds", {}, [] {
      for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random{seed};
        const auto pick = [&](std::size_t most) { return random() % most; };
        const std::size_t letters = 1 + pick(3);
        Bytes secret(audit::kShortestSought + pick(70));
        for (auto& byte : secret) {
          byte = static_cast<unsigned char>('a' + pick(letters));
        }
        Built built;
        Build(secret, 1 + static_cast<unsigned>(pick(kAll)), &built);
        Bytes table(audit::Searcher::kTableBytes);
        audit::Searcher searcher;
        searcher.Prepare(table.data(), &built.patterns);

        Bytes text(pick(3000));
        for (auto& byte : text) {
          byte = static_cast<unsigned char>('a' + pick(letters));
        }
        for (const audit::Pattern& pattern : built.patterns) {
          if (pattern.length <= text.size()) {
            std::copy_n(pattern.bytes, pattern.length,
                        text.begin() + static_cast<long>(pick(text.size() - pattern.length + 1)));
          }
        }
        Found expected;
        for (std::size_t at = 0; at < text.size(); ++at) {
          for (const audit::Pattern& pattern : built.patterns) {
            if (pattern.length <= text.size() - at &&
                std::memcmp(pattern.bytes, text.data() + at, pattern.length) == 0) {
              expected.emplace_back(at, &pattern);
            }
          }
        }
        Found found;
        searcher.Search(text.data(), text.size(),
                        [&](std::size_t at, const audit::Pattern& pattern) {
                          found.emplace_back(at, &pattern);
                        });
        if (found != expected) {
          std::printf("seed %u: %zu of %zu\n", seed, found.size(), expected.size());
        }
        EXPECT(found == expected);
      }
    }};

audit::Range RangeOf(const unsigned char* at, std::size_t length) {
  const auto begin = reinterpret_cast<std::uintptr_t>(at);
  return {begin, begin + length, false};
}

// Readable memory with a hole in the middle, in two ranges that touch each other.
const Test kScan{
    "audit: reads around holes, and across ranges that touch", kMapsLocked, [] {
      const std::size_t page = sys::PageSize();
      const std::size_t length = 1024 * page;
      const std::size_t hole = 600 * page;
      const std::size_t seam = 300 * page;
      auto* memory = static_cast<unsigned char*>(
          mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
      EXPECT(memory != MAP_FAILED);
      constexpr std::string_view kText = "a secret of 32 bytes, not random";
      const Bytes secret(kText.begin(), kText.end());
      const std::size_t places[] = {
          0,           128 * kKibi - 16,      256 * kKibi - 100, seam - 10, hole - secret.size(),
          hole + page, length - secret.size()};
      for (const std::size_t place : places) {
        std::memcpy(memory + place, secret.data(), secret.size());
      }
      EXPECT_EQUAL(mprotect(memory + hole, page, PROT_NONE), 0);

      auto* scan = new audit::Scan;
      EXPECT_OK(scan->Prepare(sys::Backing::kMlock, secret.data(), secret.size(), kAll));
      const audit::Range ranges[] = {RangeOf(memory, seam), RangeOf(memory + seam, length - seam)};
      EXPECT_OK(scan->Run(sys::OwnProcess(), ranges, 2));
      EXPECT_EQUAL(scan->read(), length - page);
      EXPECT_EQUAL(scan->hit_count(), std::size(places));
      for (std::size_t i = 0; i < std::size(places); ++i) {
        const audit::Hit& hit = scan->hits()[i];
        EXPECT_EQUAL(hit.address, reinterpret_cast<std::uintptr_t>(memory) + places[i]);
        EXPECT(hit.form == audit::Form::kRaw);
        EXPECT_EQUAL(hit.range, places[i] < seam ? 0U : 1U);
      }
      scan->Release();
      scan->Release();
      delete scan;
    }};

const Test kCancel{
    "audit: ends when it is cancelled, and when the process is gone", kMapsLocked, [] {
      const Bytes secret(32, 0x5a);
      const Bytes memory(kMebi);
      const audit::Range range = RangeOf(memory.data(), memory.size());
      auto* scan = new audit::Scan;
      EXPECT_OK(scan->Prepare(sys::Backing::kMlock, secret.data(), secret.size(), kAll));
      // Above every process id that a kernel gives.
      EXPECT_STATUS(scan->Run(0x3fffffff, &range, 1), {sys::Call::kProcessVmReadv, ESRCH});
      scan->Cancel();
      EXPECT_STATUS(scan->Run(sys::OwnProcess(), &range, 1),
                    {sys::Call::kProcessVmReadv, ECANCELED});
      EXPECT_EQUAL(scan->read(), 0);
      delete scan;
    }};

}  // namespace
}  // namespace memfd_secret::test
