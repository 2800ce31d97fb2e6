#include "search.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace memfd_secret::attacker {
namespace {

constexpr size_t kChunk = 1 << 20;

void SearchMapping(const Mapping& mapping, Reader* reader, std::vector<char>* buffer,
                   Searcher* searcher, Result* result) {
  const size_t page = PageSize();
  searcher->Restart(mapping.start, mapping.name, mapping.HoldsSecrets());
  uint64_t at = mapping.start;
  while (at < mapping.end) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(kChunk, mapping.end - at));
    const ssize_t got = reader->Read(at, buffer->data(), want);
    const int error = got < 0 ? errno : EFAULT;
    if (got > 0) {
      searcher->Feed(buffer->data(), static_cast<size_t>(got));
      result->bytes_read += static_cast<uint64_t>(got);
      at += static_cast<uint64_t>(got);
      continue;
    }
    // One page cannot be read; those behind it are tried all the same.
    if (mapping.HoldsSecrets()) result->RefuseSecretPage(error);
    at = (at / page + 1) * page;
    searcher->Restart(at, mapping.name, mapping.HoldsSecrets());
  }
}

}  // namespace

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

Searcher::Searcher(const std::vector<Needle>& needles, Result* result)
    : needles_(needles), result_(result) {
  for (const Needle& needle : needles) keep_ = std::max(keep_, needle.bytes.size() - 1);
}

void Searcher::Restart(uint64_t address, std::string where, bool in_secret) {
  window_.clear();
  window_address_ = address;
  where_ = std::move(where);
  in_secret_ = in_secret;
}

void Searcher::Feed(const char* bytes, size_t length) {
  const size_t old_size = window_.size();
  window_.append(bytes, length);
  for (size_t i = 0; i < needles_.size(); i += 1) {
    const std::string& needle = needles_[i].bytes;
    // A hit that ends inside the part kept from before was reported with that part.
    size_t from = old_size >= needle.size() ? old_size - needle.size() + 1 : 0;
    while (from + needle.size() <= window_.size()) {
      const void* found =
          memmem(window_.data() + from, window_.size() - from, needle.data(), needle.size());
      if (found == nullptr) break;
      const size_t offset = static_cast<size_t>(static_cast<const char*>(found) - window_.data());
      result_->AddHit({i, window_address_ + offset, where_, in_secret_});
      from = offset + 1;
    }
  }
  if (window_.size() > keep_) {
    const size_t drop = window_.size() - keep_;
    window_.erase(0, drop);
    window_address_ += drop;
  }
}

void SearchMappings(const std::vector<Mapping>& mappings, const std::vector<Needle>& needles,
                    Reader* reader, Result* result) {
  Searcher searcher(needles, result);
  std::vector<char> buffer(kChunk);
  for (const Mapping& mapping : mappings) {
    if (mapping.HoldsSecrets()) {
      result->secret_pages += (mapping.end - mapping.start) / PageSize();
    } else if (!mapping.readable || mapping.name == "[vvar]" || mapping.name == "[vsyscall]") {
      continue;
    }
    SearchMapping(mapping, reader, &buffer, &searcher, result);
  }
}

}  // namespace memfd_secret::attacker
