// The open copies of sealed secrets.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "arena/open_copy.h"
#include "arena_model/world.h"
#include "support/check.h"

namespace memfd_secret::fuzz {

std::vector<std::uint8_t> World::CanaryWithin(const Entry& entry) {
  const std::size_t offset = entry.slot->canary_within;
  if (offset == 0) {
    return {};
  }
  const auto begin = entry.contents->bytes.begin() + static_cast<std::ptrdiff_t>(offset);
  return {begin, begin + arena::kCanarySize};
}

void World::CopyOpen(Input* input) {
  const Entry* entry = Any(input);
  const std::size_t arena = input->Below(kOpenArenas);
  if (entry == nullptr || entry->ended || entry->arena < kOpenArenas ||
      entries_.size() >= kMostEntries) {
    return;
  }
  const std::vector<std::uint8_t>& bytes = entry->contents->bytes;
  arena::Slot* copy = nullptr;
  if (Refused(arena::MakeOpenCopy(arenas_[arena].get(), backing_, entry->slot, &copy))) {
    return;
  }
  CheckClosed(*entry);
  auto contents = std::make_shared<Contents>();
  contents->bytes = bytes;
  const std::size_t padded = (bytes.size() + 15) / 16 * 16;
  CHECK(copy->canary_within == padded);
  contents->bytes.resize(padded);
  const auto* canary = reinterpret_cast<const std::uint8_t*>(copy->data + padded);
  CHECK(copy->block == nullptr ||
        std::memcmp(canary, copy->data + copy->length, arena::kCanarySize) == 0);
  contents->bytes.insert(contents->bytes.end(), canary, canary + arena::kCanarySize);
  contents->bytes.insert(contents->bytes.end(), bytes.begin(), bytes.end());
  CHECK(copy->isolated == entry->slot->isolated);
  const std::shared_ptr<Contents> source = entry->contents;
  Entry* added = Add(arena, copy, std::move(contents));
  added->copied_from = source;
  CHECK(arena::OpenBytes(*copy, bytes.size()) == copy->data + padded + arena::kCanarySize);
  CheckContents(*added);
}

void World::WriteBack(Input* input) {
  const Entry* copy = Any(input);
  if (copy == nullptr || copy->ended || copy->copied_from == nullptr) {
    return;
  }
  const bool sealed = sealing_ != sys::Sealing::kNone;
  const Entry* source = Holder(*copy->copied_from, sealed);
  if (source == nullptr) {
    return;
  }
  std::vector<std::uint8_t>& bytes = source->contents->bytes;
  const std::vector<std::uint8_t>& both = copy->contents->bytes;
  const std::size_t offset = both.size() - bytes.size();
  CHECK_OK(arena::WriteBack(*copy->slot, source->slot));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = both[offset + i] != both[i] ? both[offset + i] : bytes[i];
  }
  CheckContents(*source);
  CheckClosed(*source);
}

}  // namespace memfd_secret::fuzz
