#include "preload/heap.h"

namespace memfd_secret::preload {
namespace {

// What other threads free, and spans of other kinds, are looked for as seldom as this in a drought.
constexpr std::uint32_t kTriesBetweenSearches = 256;

}  // namespace

// Short of memory: what other shards have free, then empty spans kept for other sizes, then a
// larger slot.
void* Heap::FindSlot(Kind kind, std::size_t slot_class, std::size_t shard) noexcept {
  std::atomic<std::uint8_t>& dry_from = dry_from_[static_cast<std::size_t>(kind)];
  if (slot_class >= dry_from.load(std::memory_order_relaxed) &&
      dry_tries_.fetch_add(1, std::memory_order_relaxed) % kTriesBetweenSearches != 0) {
    return nullptr;
  }
  void* slot = TakeFromAnyShard(kind, slot_class);
  if (slot == nullptr && GiveSpares()) {
    Bin& bin = bins_[shard][static_cast<std::size_t>(kind)][slot_class];
    const sys::LockHolder holder(bin.lock);
    slot = TakeFrom(bin, kind, slot_class, shard, true);
  }
  for (std::size_t larger = slot_class + 1; slot == nullptr && larger < kClassCount; ++larger) {
    slot = TakeFromAnyShard(kind, larger);
  }
  if (slot == nullptr && kind != Kind::kKeys) {
    dry_from.store(static_cast<std::uint8_t>(slot_class), std::memory_order_relaxed);
  }
  return slot;
}

void Heap::EndDrought(std::size_t kind, std::size_t slot_class) noexcept {
  std::atomic<std::uint8_t>& dry_from = dry_from_[kind];
  if (slot_class >= dry_from.load(std::memory_order_relaxed)) {
    dry_from.store(static_cast<std::uint8_t>(slot_class + 1), std::memory_order_relaxed);
  }
}

void* Heap::TakeFromAnyShard(Kind kind, std::size_t slot_class) noexcept {
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    Bin& bin = bins_[shard][static_cast<std::size_t>(kind)][slot_class];
    const sys::LockHolder holder(bin.lock);
    if (void* slot = TakeFrom(bin, kind, slot_class, shard, false); slot != nullptr) {
      return slot;
    }
  }
  return nullptr;
}

bool Heap::GiveSpares() noexcept {
  bool any = false;
  ForEachBin([this, &any](Bin& bin, std::size_t /*slot_class*/) {
    const sys::LockHolder holder(bin.lock);
    if (bin.spare != nullptr) {
      GiveSpare(bin);
      any = true;
    }
  });
  return any;
}

}  // namespace memfd_secret::preload
