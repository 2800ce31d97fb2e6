#include "arena/chunk.h"

#include <bit>
#include <new>

namespace memfd_secret::arena {

Chunk* MakeChunk(const sys::Mapping& mapping) noexcept {
  auto* chunk = new (std::nothrow) Chunk;
  if (chunk == nullptr) {
    return nullptr;
  }
  chunk->mapping = mapping;
  chunk->block_count = mapping.length / kBlockSize;
  chunk->blocks = new (std::nothrow) Block[chunk->block_count];
  if (chunk->blocks == nullptr) {
    delete chunk;
    return nullptr;
  }
  for (std::size_t i = chunk->block_count; i-- > 0;) {
    Block* block = &chunk->blocks[i];
    block->chunk = chunk;
    block->base = mapping.pages + i * kBlockSize;
    Link(chunk->unused, block);
  }
  return chunk;
}

void DeleteChunk(Chunk* chunk) noexcept {
  for (std::size_t i = 0; i < chunk->block_count; ++i) {
    delete[] chunk->blocks[i].slots;
  }
  delete[] chunk->blocks;
  delete chunk;
}

Block* CutBlock(Chunk* chunk, std::size_t slot_class) noexcept {
  Block* block = chunk->unused;
  const std::size_t size = kSlotSizes[slot_class];
  const std::size_t count = kBlockSize / size;
  auto* slots = new (std::nothrow) Slot[count];
  if (slots == nullptr) {
    return nullptr;
  }
  for (std::size_t i = 0; i < count; ++i) {
    slots[i].data = block->base + i * size;
    slots[i].charged = size;
    slots[i].block = block;
  }
  Unlink(chunk->unused, block);
  ++chunk->used_blocks;
  block->slots = slots;
  block->slot_class = static_cast<std::uint16_t>(slot_class);
  block->count = static_cast<std::uint16_t>(count);
  block->free[0] = count >= 64 ? ~0ULL : (1ULL << count) - 1;
  block->free[1] = count <= 64 ? 0 : (count == 128 ? ~0ULL : (1ULL << (count - 64)) - 1);
  return block;
}

void UncutBlock(Block* block) noexcept {
  delete[] block->slots;
  block->slots = nullptr;
  block->count = 0;
  Link(block->chunk->unused, block);
  --block->chunk->used_blocks;
}

Slot* TakeSlot(Block* block) noexcept {
  const int word = block->free[0] != 0 ? 0 : 1;
  const int bit = std::countr_zero(block->free[word]);
  block->free[word] &= block->free[word] - 1;
  ++block->taken;
  return &block->slots[word * 64 + bit];
}

void ReturnSlot(Slot* slot) noexcept {
  Block* block = slot->block;
  const auto index = static_cast<std::size_t>(slot - block->slots);
  block->free[index / 64] |= 1ULL << (index % 64);
  --block->taken;
}

}  // namespace memfd_secret::arena
