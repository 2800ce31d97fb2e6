#include <cerrno>

#include "arena/arena.h"
#include "sys/bytes.h"
#include "sys/fork_mark.h"

namespace memfd_secret::arena {
namespace {

// The first chunk leaves room for others in the 64 KiB that kernels before 5.16 and many containers
// allow.
constexpr std::size_t kFirstChunk = std::size_t{16} * 1024;
constexpr std::size_t kLargestChunk = std::size_t{1024} * 1024;

bool IsLimit(int error) noexcept {
  return error == EAGAIN || error == ENOMEM || error == EFAULT || error == EPERM;
}

}  // namespace

sys::Status Arena::AddChunk(sys::Backing backing, std::size_t length, bool reserved) noexcept {
  sys::Mapping mapping;
  if (const sys::Status status = sys::MapPages(backing, length, &mapping); !status.ok()) {
    return status;
  }
  Chunk* chunk = MakeChunk(mapping);
  if (chunk == nullptr) {
    static_cast<void>(sys::Unmap(mapping));
    return {sys::Call::kMmap, ENOMEM};
  }
  chunk->reserved = reserved;
  Link(chunks_, chunk);
  stats_.mapped += length;
  stats_.reserved += reserved ? length : 0;
  return sys::kOk;
}

sys::Status Arena::Grow(sys::Backing backing) noexcept {
  const std::size_t smallest = sys::RoundUpToPages(1);
  std::size_t length = sys::RoundUpToPages(next_chunk_ == 0 ? kFirstChunk : next_chunk_);
  sys::Status first;
  for (;;) {
    const sys::Status status = AddChunk(backing, length, false);
    if (status.ok()) {
      next_chunk_ = length * 2 < kLargestChunk ? length * 2 : kLargestChunk;
      return status;
    }
    if (first.ok()) {
      first = status;
    }
    limit_met_ = true;
    // Near a limit the last few pages serve as well as a large chunk.
    if (!IsLimit(status.error) || length <= smallest) {
      return first;
    }
    length = sys::RoundUpToPages(length / 2);
  }
}

sys::Status Arena::Reserve(sys::Backing backing, std::size_t bytes) noexcept {
  if (const sys::Status status = sys::MarkOwner(); !status.ok()) {
    return status;
  }
  const std::size_t before = stats_.reserved;
  while (stats_.reserved < bytes) {
    const std::size_t left = sys::RoundUpToPages(bytes - stats_.reserved);
    const sys::Status status = AddChunk(backing, left < kLargestChunk ? left : kLargestChunk, true);
    if (!status.ok()) {
      // All or nothing: half a reserve would starve whoever asked for too much. New chunks come
      // first in the list.
      while (stats_.reserved > before) {
        RemoveChunk(chunks_);
      }
      return status;
    }
  }
  return sys::kOk;
}

void Arena::RemoveChunk(Chunk* chunk) noexcept {
  Unlink(chunks_, chunk);
  stats_.mapped -= chunk->mapping.length;
  stats_.reserved -= chunk->reserved ? chunk->mapping.length : 0;
  if (sys::IsOwner()) {
    sys::Wipe(chunk->mapping.pages, chunk->mapping.length);
    static_cast<void>(sys::Unmap(chunk->mapping));
  }
  DeleteChunk(chunk);
}

void Arena::ReleaseIfSpare(Chunk* chunk) noexcept {
  if (chunk->reserved) {
    return;
  }
  // One empty chunk, the smallest, is kept: a service that makes and ends one secret at a time
  // would else map and unmap for each, and each mapping splits the direct map for good.
  for (Chunk* other = chunks_; other != nullptr; other = other->next) {
    if (other != chunk && other->used_blocks == 0) {
      const bool keep_other = other->reserved || other->mapping.length <= chunk->mapping.length;
      RemoveChunk(keep_other ? chunk : other);
      return;
    }
  }
}

Pressure Arena::WantedPressure() noexcept {
  // Low: less than an eighth of what is mapped is free, and no less than a page of it waits for the
  // collector.
  const std::size_t low_water = stats_.mapped / 8 > kBlockSize ? stats_.mapped / 8 : kBlockSize;
  const std::size_t taken = stats_.live + stats_.quarantined;
  const std::size_t free = stats_.mapped > taken ? stats_.mapped - taken : 0;
  const bool low = free < low_water && stats_.quarantined >= low_water;
  if (!low && !(limit_met_ && waiting_ > 0)) {
    pressed_ = Pressure::kNone;
    return Pressure::kNone;
  }
  // Armed again by every quarter of the mark that is given out, so that a loop that cannot be
  // helped (it never yields) does not spend its time in the collector; and by every mark that is
  // ended, so that a limit which was full of used secrets has room again soon after they were
  // disposed.
  if (pressed_ != Pressure::kNone && allocated_ - pressed_at_ < low_water / 4 &&
      ended_ - pressed_at_ended_ < low_water) {
    return Pressure::kNone;
  }
  // The second press in a row is the hardest: the first may have collected the young generation
  // only.
  pressed_ = limit_met_ || pressed_ != Pressure::kNone ? Pressure::kMost : Pressure::kSome;
  pressed_at_ = allocated_;
  pressed_at_ended_ = ended_;
  limit_met_ = false;
  return pressed_;
}

}  // namespace memfd_secret::arena
