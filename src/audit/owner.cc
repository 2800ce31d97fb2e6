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

// Whether two of the words that follow each other are the bounds of a chunk's objects.
bool HoldsArea(const OwnerReader& reader, std::uint64_t chunk, std::uint64_t address) noexcept {
  for (std::size_t i = 0; i + 1 < kOwnerWords; ++i) {
    const std::uint64_t begin = reader.words[i];
    const std::uint64_t end = reader.words[i + 1];
    if (begin > chunk && begin - chunk <= kMostV8Header && begin <= address && address < end &&
        end % sizeof(std::uint64_t) == 0) {
      return true;
    }
  }
  return false;
}

// area_start and area_end are in a chunk's header (until V8 12), or in a record that its second
// word points to.
bool IsV8Chunk(const OwnerReader& reader, std::uint64_t chunk, std::uint64_t address) noexcept {
  if (!ReadWords(reader, chunk, kOwnerWords)) {
    return false;
  }
  if (HoldsArea(reader, chunk, address)) {
    return true;
  }
  const std::uint64_t record = reader.words[1];
  return record != 0 && record % sizeof(std::uint64_t) == 0 &&
         ReadWords(reader, record, kOwnerWords) && HoldsArea(reader, chunk, address);
}

bool IsInV8(const OwnerReader& reader, std::uint64_t begin, std::uint64_t address) noexcept {
  std::uint64_t chunk = address & ~(kV8Alignment - 1);
  for (; chunk >= begin && address - chunk <= kFarthest; chunk -= kV8Alignment) {
    if (IsV8Chunk(reader, chunk, address)) {
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

// A large allocation of glibc: a mapping of its own whose first words are 0 and its length, with
// the bit IS_MMAPPED. The kernel merges neighbours into one, so the record may lie anywhere before.
bool IsInLargeChunk(const OwnerReader& reader, std::uint64_t begin,
                    std::uint64_t address) noexcept {
  constexpr std::uint64_t kIsMapped = 2;
  const std::uint64_t page = sys::PageSize();
  for (std::uint64_t at = address & ~(page - 1); at >= begin && address - at <= kFarthest;
       at -= page) {
    if (!ReadWords(reader, at, 2)) {
      return false;
    }
    const std::uint64_t length = reader.words[1] - kIsMapped;
    if (reader.words[0] == 0 && length % page == 0 && length != 0 && length < (1ULL << 47U)) {
      return address - at < length;
    }
    if (at < page) {
      return false;
    }
  }
  return false;
}

}  // namespace

Owner FindOwner(const OwnerReader& reader, std::uint64_t begin, std::uint64_t address) noexcept {
  if (IsInV8(reader, begin, address)) {
    return Owner::kV8;
  }
  return IsInThreadHeap(reader, begin, address) || IsInLargeChunk(reader, begin, address)
             ? Owner::kMalloc
             : Owner::kUnknown;
}

}  // namespace memfd_secret::audit
