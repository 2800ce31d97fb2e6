#include <atomic>
#include <cerrno>

#include "arena/arena.h"
#include "sys/bytes.h"
#include "sys/fork_mark.h"
#include "sys/privileges.h"

namespace memfd_secret::arena {
namespace {

// The first chunk leaves room for others in the 64 KiB that kernels before 5.16 and many containers
// allow.
constexpr std::size_t kFirstChunk = std::size_t{16} * 1024;
constexpr std::size_t kLargestChunk = std::size_t{1024} * 1024;
// mprotect(2) opens a whole mapping to all threads and takes the longer the larger it is.
constexpr std::size_t kLargestMprotected = std::size_t{64} * 1024;

// Locked memory that lies idle is what others of this user cannot have.
constexpr std::size_t kLargestSpare = std::size_t{256} * 1024;

// What waits between two collections that V8 makes by itself fits in this, of 32-byte secrets that
// are sealed too: pressed sooner, V8 would collect everything, at the cost of a thousand uses. A
// small part of a limit that others of this user share.
constexpr std::size_t kMostUnpressed = std::size_t{512} * 1024;
constexpr std::size_t kPartsOfLimit = 16;

// Of all environments, but for reserves. One that is alone has room before the collector is
// pressed; many workers leave each other theirs.
constinit std::atomic<std::size_t> chunk_bytes{0};

std::size_t UnpressedUnderLimit() noexcept {
  std::size_t limit = 0;
  if (!sys::ReadMemlockLimit(&limit).ok()) {
    return 0;
  }
  return limit / kPartsOfLimit < kMostUnpressed ? limit / kPartsOfLimit : kMostUnpressed;
}

std::size_t LargestChunk(sys::Sealing sealing) noexcept {
  return sealing == sys::Sealing::kMprotect ? kLargestMprotected : kLargestChunk;
}

// Few enough to leave the process its mappings; with more than these, pieces are larger.
constexpr std::size_t kMostPieces = 1024;

// Who reserves may seal later: then one half goes to sealed memory, in pieces that may be sealed by
// mprotect.
std::size_t PieceOfReserve(std::size_t bytes, sys::Sealing sealing) noexcept {
  std::size_t piece = bytes / 2;
  if (piece > kLargestMprotected) {
    piece = bytes / kMostPieces > kLargestMprotected ? bytes / kMostPieces : kLargestMprotected;
  }
  piece = piece < LargestChunk(sealing) ? piece : LargestChunk(sealing);
  return piece < sys::PageSize() ? sys::PageSize() : piece / sys::PageSize() * sys::PageSize();
}

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
  if (const sys::Status status = sys::CloseSeal(sealing_, mapping, &chunk->seal); !status.ok()) {
    DeleteChunk(chunk);
    static_cast<void>(sys::Unmap(mapping));
    return status;
  }
  chunk->reserved = reserved;
  Link(chunks_, chunk);
  stats_.mapped += length;
  if (reserved) {
    stats_.reserved += length;
  } else {
    chunk_bytes.fetch_add(length, std::memory_order_relaxed);
  }
  return sys::kOk;
}

std::size_t Arena::WorthAsSpare(const Chunk& chunk) const noexcept {
  const bool roomy = chunk_bytes.load(std::memory_order_relaxed) <= 2 * unpressed_;
  const std::size_t largest = roomy && unpressed_ > kLargestSpare ? unpressed_ : kLargestSpare;
  return chunk.mapping.length <= largest ? chunk.mapping.length : 0;
}

std::size_t Arena::NextChunk() const noexcept {
  std::size_t next = kFirstChunk;
  for (const Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    if (!chunk->reserved && chunk->mapping.length * 2 > next) {
      next = chunk->mapping.length * 2;
    }
  }
  return next < LargestChunk(sealing_) ? next : LargestChunk(sealing_);
}

sys::Status Arena::Grow(sys::Backing backing) noexcept {
  // Anew each time: the limit may have been lowered.
  unpressed_ = UnpressedUnderLimit();
  const std::size_t smallest = sys::RoundUpToPages(1);
  std::size_t length = sys::RoundUpToPages(NextChunk());
  sys::Status first;
  for (;;) {
    const sys::Status status = AddChunk(backing, length, false);
    if (status.ok()) {
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
  const std::size_t piece = bytes > before ? PieceOfReserve(bytes - before, sealing_) : 0;
  while (stats_.reserved < bytes) {
    const std::size_t left = sys::RoundUpToPages(bytes - stats_.reserved);
    const sys::Status status = AddChunk(backing, left < piece ? left : piece, true);
    if (!status.ok()) {
      // All or nothing: half a reserve would starve whoever asked for too much.
      Unreserve(before);
      return status;
    }
  }
  return sys::kOk;
}

void Arena::Unreserve(std::size_t bytes) noexcept {
  // New chunks come first in the list.
  while (stats_.reserved > bytes) {
    RemoveChunk(chunks_);
  }
}

sys::Status Arena::MoveReserve(Arena* to, std::size_t bytes, std::size_t kept) noexcept {
  Chunk* next = nullptr;
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = next) {
    if (to->stats_.reserved >= bytes || stats_.reserved <= kept) {
      break;
    }
    next = chunk->next;
    const std::size_t length = chunk->mapping.length;
    if (chunk->reserved && chunk->used_blocks == 0 && length <= LargestChunk(to->sealing_)) {
      if (const sys::Status status = sys::CloseSeal(to->sealing_, chunk->mapping, &chunk->seal);
          !status.ok()) {
        return status;
      }
      Unlink(chunks_, chunk);
      Link(to->chunks_, chunk);
      stats_.mapped -= length;
      stats_.reserved -= length;
      to->stats_.mapped += length;
      to->stats_.reserved += length;
    }
  }
  return sys::kOk;
}

void Arena::RemoveChunk(Chunk* chunk) noexcept {
  Unlink(chunks_, chunk);
  stats_.mapped -= chunk->mapping.length;
  if (chunk->reserved) {
    stats_.reserved -= chunk->mapping.length;
  } else {
    chunk_bytes.fetch_sub(chunk->mapping.length, std::memory_order_relaxed);
  }
  if (sys::IsOwner()) {
    {
      // Where it cannot be opened, its slots were wiped when they ended, or stay closed to the end.
      const sys::SealOpening opened(&chunk->seal, chunk->mapping);
      if (opened.reachable()) {
        sys::Wipe(chunk->mapping.pages, chunk->mapping.length);
      }
    }
    static_cast<void>(sys::Unmap(chunk->mapping));
  }
  DeleteChunk(chunk);
}

void Arena::ReleaseIfSpare(Chunk* chunk) noexcept {
  if (chunk->reserved) {
    return;
  }
  // One empty chunk is kept: a service that makes and ends one secret at a time would else map and
  // unmap for each, and each mapping splits the direct map for good. Not the smallest: what waits
  // for the collector takes more than that between two collections, and would be mapped anew after
  // each.
  for (Chunk* other = chunks_; other != nullptr; other = other->next) {
    if (other != chunk && other->used_blocks == 0) {
      const std::size_t worth = WorthAsSpare(*chunk);
      const std::size_t other_worth = WorthAsSpare(*other);
      // Of two that are too large, the smaller.
      const bool keep_other =
          other->reserved || (worth == other_worth ? other->mapping.length <= chunk->mapping.length
                                                   : other_worth > worth);
      RemoveChunk(keep_other ? chunk : other);
      return;
    }
  }
}

bool Arena::GiveBackSpares() noexcept {
  // What waits for the collector here keeps whole chunks from the other arena.
  limit_met_ = true;
  const std::size_t before = stats_.mapped;
  for (Chunk* chunk = chunks_; chunk != nullptr;) {
    Chunk* next = chunk->next;
    if (chunk->used_blocks == 0 && !chunk->reserved) {
      RemoveChunk(chunk);
    }
    chunk = next;
  }
  return stats_.mapped < before;
}

Pressure Arena::WantedPressure() noexcept {
  // Low: there is little room to grow, less than an eighth of what is mapped is free, and no less
  // than a page of it waits for the collector.
  const std::size_t low_water = stats_.mapped / 8 > kBlockSize ? stats_.mapped / 8 : kBlockSize;
  const std::size_t taken = stats_.live + stats_.quarantined;
  const std::size_t free = stats_.mapped > taken ? stats_.mapped - taken : 0;
  const bool roomy = chunk_bytes.load(std::memory_order_relaxed) < unpressed_;
  const bool low = !roomy && free < low_water && stats_.quarantined >= low_water;
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
