#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/mapping.h"
#include "sys/seal.h"

namespace memfd_secret::arena {

struct Block;
struct SharedSecret;

// Where one secret lives, and who can still reach its memory.
struct Slot {
  std::byte* data = nullptr;
  std::size_t length = 0;
  // Bytes of the slot, canary included; for a mapping of its own, of the mapping.
  std::size_t charged = 0;
  std::size_t canary_within = 0;  // offset of one more in the slot; 0: there is none
  Block* block = nullptr;         // null: a mapping of its own
  sys::Mapping mapping;           // only without a block
  sys::Seal seal;                 // of that mapping; a block's is its chunk's
  bool isolated = false;  // asked for a mapping of its own, rather than too long for a block
  // The owner holds one, each open native frame one, each view two (its backing store and its
  // ArrayBuffer object, which in-flight I/O keeps alive after a detach). At 0 nothing can point
  // here and the slot is reused.
  std::uint32_t holds = 0;
  void* owner = nullptr;  // the Arena's, for a finalizer that is given one pointer
  // The secret is over: wiped, and kept from reuse until the holds are gone.
  bool ended = false;
  // Other slots map the same pages: not this one's to wipe.
  bool pages_live_on = false;
  // Null: shared by none. The list of its holders is the registry's (shared_secret.h).
  SharedSecret* shared = nullptr;
  Slot* next_holder = nullptr;
  Slot* previous_holder = nullptr;
};

}  // namespace memfd_secret::arena
