#include "audit/owner.h"

#include <cstddef>

#include "sys/mapping.h"
#include "sys/process_memory.h"

namespace memfd_secret::audit {
namespace {

// How far before an address its record is looked for.
constexpr std::uint64_t kFarthest = std::uint64_t{64} << 20U;

// V8's chunks lie at multiples of this (kPageSize of its heap), on every 64-bit machine.
constexpr std::uint64_t kV8Alignment = std::uint64_t{256} << 10U;
// A chunk's header, and for code what is before its first object.
constexpr std::uint64_t kMostV8Header = std::uint64_t{64} << 10U;

// glibc's HEAP_MAX_SIZE: the heaps of threads lie at multiples of it.
constexpr std::uint64_t kArenaAlignment = std::uint64_t{64} << 20U;

bool ReadWords(const OwnerReader& reader, std::uint64_t address, std::size_t count) noexcept {
  std::size_t got = 0;
  const std::size_t wanted = count * sizeof(std::uint64_t);
  return sys::ReadProcess(reader.process, address, reader.words, wanted, &got).ok() &&
         got == wanted;
}

struct Chunk {
  std::uint64_t begin = 0;
  std::uint64_t address = 0;  // in question

  // Whether a chunk of this size has the address.
  [[nodiscard]] bool HasIn(std::uint64_t size) const noexcept {
    return size % sys::PageSize() == 0 && address - begin < size && size < 1ULL << 40U;
  }
  // Whether objects may begin there.
  [[nodiscard]] bool BeginsAt(std::uint64_t word) const noexcept {
    return word > begin && word - begin <= kMostV8Header && word <= address;
  }
};

// The header of a chunk until V8 12: the chunk's size and, one after the other, where its objects
// begin and end.
bool IsHeader(const std::uint64_t* words, const Chunk& chunk) noexcept {
  std::uint64_t size = 0;
  for (std::uint64_t i = 0; i < kOwnerWords; ++i) {
    size = size == 0 && chunk.HasIn(words[i]) ? words[i] : size;
  }
  for (std::uint64_t i = 0; i + 1 < kOwnerWords && size != 0; ++i) {
    const std::uint64_t end = words[i + 1];
    if (chunk.BeginsAt(words[i]) && chunk.address < end && end <= chunk.begin + size) {
      return true;
    }
  }
  return false;
}

// The record that stands outside of a chunk since V8 13, and that its second word points to: where
// the chunk begins, its size and, later, where its objects begin.
bool IsRecord(const std::uint64_t* words, const Chunk& chunk) noexcept {
  bool known = false;
  for (std::uint64_t i = 0; i + 1 < kOwnerWords; ++i) {
    known = known || (words[i] == chunk.begin && chunk.HasIn(words[i + 1]));
    if (known && chunk.BeginsAt(words[i])) {
      return true;
    }
  }
  return false;
}

bool IsV8Chunk(const OwnerReader& reader, const Chunk& chunk) noexcept {
  if (!ReadWords(reader, chunk.begin, kOwnerWords)) {
    return false;
  }
  if (IsHeader(reader.words, chunk)) {
    return true;
  }
  const std::uint64_t record = reader.words[1];
  return record != 0 && record % sizeof(std::uint64_t) == 0 &&
         ReadWords(reader, record, kOwnerWords) && IsRecord(reader.words, chunk);
}

bool IsInV8(const OwnerReader& reader, std::uint64_t begin, std::uint64_t address) noexcept {
  std::uint64_t chunk = address & ~(kV8Alignment - 1);
  for (; chunk >= begin && address - chunk <= kFarthest; chunk -= kV8Alignment) {
    if (IsV8Chunk(reader, {chunk, address})) {
      return true;
    }
    if (chunk < kV8Alignment) {
      return false;
    }
  }
  return false;
}

// struct heap_info of glibc's arena.c: the arena, the heap before it, its size, and what of it is
// readable.
bool IsInThreadHeap(const OwnerReader& reader, std::uint64_t begin,
                    std::uint64_t address) noexcept {
  const std::uint64_t heap = address & ~(kArenaAlignment - 1);
  if (heap < begin || !ReadWords(reader, heap, 4)) {
    return false;
  }
  const std::uint64_t arena = reader.words[0];
  const std::uint64_t size = reader.words[2];
  const std::uint64_t readable = reader.words[3];
  return arena != 0 && arena % 16 == 0 && size % sys::PageSize() == 0 && size <= readable &&
         readable <= kArenaAlignment && readable % sys::PageSize() == 0 && address - heap < size;
}

// The kernel merges neighbouring mappings into one, so a record may lie at any page before the
// address. Asks of each page, the nearest first, whether the words at its start are a record, until
// they are.
template <typename IsRecordAt>
bool FindPage(const OwnerReader& reader, std::uint64_t begin, std::uint64_t address,
              IsRecordAt is_record_at) noexcept {
  const std::uint64_t page = sys::PageSize();
  for (std::uint64_t at = address & ~(page - 1); at >= begin && address - at <= kFarthest;
       at -= page) {
    if (!ReadWords(reader, at, 2)) {
      return false;
    }
    if (is_record_at(at)) {
      return true;
    }
    if (at < page) {
      return false;
    }
  }
  return false;
}

// A large allocation of glibc: a mapping of its own whose first words are 0 and its length, with
// the bit IS_MMAPPED.
bool IsInLargeChunk(const OwnerReader& reader, std::uint64_t begin,
                    std::uint64_t address) noexcept {
  constexpr std::uint64_t kIsMapped = 2;
  std::uint64_t end = 0;
  const bool found = FindPage(reader, begin, address, [&](std::uint64_t at) noexcept {
    const std::uint64_t length = reader.words[1] - kIsMapped;
    end = at + length;
    return reader.words[0] == 0 && length % sys::PageSize() == 0 && length != 0 &&
           length < (1ULL << 47U);
  });
  return found && address < end;
}

// What precedes each allocation of glibc: its size, with three bits of which a main arena's has
// only that the one before is in use.
constexpr std::uint64_t kPreviousInUse = 1;
constexpr std::uint64_t kChunkFlags = 7;
constexpr std::uint64_t kSmallestChunk = 32;

bool IsMainChunk(std::uint64_t head) noexcept {
  const std::uint64_t size = head & ~kChunkFlags;
  return (head & kChunkFlags & ~kPreviousInUse) == 0 && size % 16 == 0 && size >= kSmallestChunk &&
         size <= kFarthest;
}

// Whether from here on one chunk follows the other as far as the address.
bool LeadsTo(const OwnerReader& reader, std::uint64_t at, std::uint64_t address) noexcept {
  while (ReadWords(reader, at, 2)) {
    const std::uint64_t head = reader.words[1];
    if (!IsMainChunk(head)) {
      return false;
    }
    // One number could be chance: what holds the address has to have another chunk behind it.
    if (at > address) {
      return true;
    }
    at += head & ~kChunkFlags;
  }
  // The last one ends where the mapping does.
  return at > address && at % sys::PageSize() == 0;
}

// The heap of glibc's main thread where brk(2) cannot make it longer, since something lies behind
// it (V8 places its code near node's own, now and then just there): a mapping without a
// record, whose first chunk has none before it.
bool IsInMainHeap(const OwnerReader& reader, std::uint64_t begin, std::uint64_t address) noexcept {
  return FindPage(reader, begin, address, [&](std::uint64_t at) noexcept {
    return reader.words[0] == 0 && (reader.words[1] & kChunkFlags) == kPreviousInUse &&
           LeadsTo(reader, at, address);
  });
}

}  // namespace

Owner FindOwner(const OwnerReader& reader, std::uint64_t begin, std::uint64_t address) noexcept {
  if (IsInV8(reader, begin, address)) {
    return Owner::kV8;
  }
  return IsInThreadHeap(reader, begin, address) || IsInLargeChunk(reader, begin, address) ||
                 IsInMainHeap(reader, begin, address)
             ? Owner::kMalloc
             : Owner::kUnknown;
}

}  // namespace memfd_secret::audit
