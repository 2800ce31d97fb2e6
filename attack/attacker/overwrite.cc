#include "overwrite.h"

#include <algorithm>
#include <cerrno>

#include "search.h"

namespace memfd_secret::attacker {
namespace {

constexpr char kOverwritten = static_cast<char>(0xa5);

}  // namespace

void Overwrite(const std::vector<Range>& ranges, Writer* writer, Result* result) {
  const uint64_t page = PageSize();
  const std::vector<char> bytes(page, kOverwritten);
  for (const Range& range : ranges) {
    for (uint64_t at = range.start; at < range.end;) {
      const uint64_t next = std::min(range.end, (at / page + 1) * page);
      result->secret_pages += 1;
      const ssize_t written = writer->Write(at, bytes.data(), static_cast<size_t>(next - at));
      if (written < 0) result->RefuseSecretPage(errno);
      if (written > 0) result->bytes_written += static_cast<uint64_t>(written);
      at = next;
    }
  }
}

}  // namespace memfd_secret::attacker
