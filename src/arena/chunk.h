#pragma once

#include <cstddef>
#include <cstdint>

#include "arena/size_class.h"
#include "arena/slot.h"
#include "sys/mapping.h"
#include "sys/seal.h"

namespace memfd_secret::arena {

struct Chunk;

// One 4 KiB block of a chunk, cut into slots of one class while any is taken.
struct Block {
  Chunk* chunk = nullptr;
  std::byte* base = nullptr;
  std::uint16_t slot_class = 0;
  std::uint16_t count = 0;  // slots; 0 while the block belongs to no class
  std::uint16_t taken = 0;
  std::uint64_t free[2] = {0, 0};  // a bit for each free slot
  Slot* slots = nullptr;           // count records, in ordinary memory: no secret is in them
  // In the list of its class's blocks with a free slot, or of its chunk's blocks without a class.
  Block* next = nullptr;
  Block* previous = nullptr;

  [[nodiscard]] bool full() const noexcept { return taken == count; }
};

// One secret mapping that many small secrets share.
struct Chunk {
  sys::Mapping mapping;
  sys::Seal seal;
  Block* blocks = nullptr;
  std::size_t block_count = 0;
  std::size_t used_blocks = 0;
  Block* unused = nullptr;
  bool reserved = false;  // by configure({ reserveBytes }): never given back
  Chunk* next = nullptr;
  Chunk* previous = nullptr;
};

// Records for a mapping; null where ordinary memory is exhausted.
[[nodiscard]] Chunk* MakeChunk(const sys::Mapping& mapping) noexcept;
void DeleteChunk(Chunk* chunk) noexcept;

// Takes a block without a class and cuts it into slots of a class; null where ordinary memory is
// exhausted.
[[nodiscard]] Block* CutBlock(Chunk* chunk, std::size_t slot_class) noexcept;

// Gives a block whose slots are all free back to its chunk.
void UncutBlock(Block* block) noexcept;

[[nodiscard]] Slot* TakeSlot(Block* block) noexcept;
void ReturnSlot(Slot* slot) noexcept;

template <typename Node>
void Link(Node*& head, Node* node) noexcept {
  node->previous = nullptr;
  node->next = head;
  if (head != nullptr) {
    head->previous = node;
  }
  head = node;
}

template <typename Node>
void Unlink(Node*& head, Node* node) noexcept {
  (node->previous == nullptr ? head : node->previous->next) = node->next;
  if (node->next != nullptr) {
    node->next->previous = node->previous;
  }
  node->next = nullptr;
  node->previous = nullptr;
}

}  // namespace memfd_secret::arena
