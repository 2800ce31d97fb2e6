#pragma once

#include <cstddef>
#include <cstdint>

#include "arena/chunk.h"
#include "arena/size_class.h"
#include "arena/slot.h"
#include "sys/pages.h"
#include "sys/status.h"

namespace memfd_secret::arena {

struct ArenaStats {
  std::size_t mapped = 0;       // bytes of all mappings, charged to the limit
  std::size_t live = 0;         // bytes of slots and mappings of live secrets
  std::size_t quarantined = 0;  // bytes of ended secrets that something may still point at
  std::size_t reserved = 0;     // bytes of chunks that are never given back
};

struct ShareId;

// How hard the garbage collector should be pressed, since dropped views keep wiped slots from
// reuse.
enum class Pressure : std::uint8_t { kNone, kSome, kMost };

// The secrets of one environment (the main thread or one worker). Not for two threads at once: what
// is shared by none waits for none.
class Arena {
 public:
  // owner: noted in each slot given out.
  explicit Arena(void* owner = nullptr) noexcept : owner_(owner) {}
  ~Arena() noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // A zeroed slot with one hold, the owner's. own_mapping: not shared with other secrets; implied
  // for long ones. length: 1 to kLongestSecret.
  sys::Status Allocate(sys::Backing backing, std::size_t length, bool own_mapping,
                       Slot** out) noexcept;

  // Ends a live secret: looks at the canary, wipes, and drops the owner's hold. Answers false where
  // the canary was overwritten. Any other thread's secrets stay untouched.
  [[nodiscard]] bool End(Slot* slot) noexcept;

  static void Hold(Slot* slot, std::uint32_t holds) noexcept { slot->holds += holds; }
  // Drops holds; the last one gives the slot back, wiped once more: a job in flight may have
  // written to it meanwhile.
  void Drop(Slot* slot, std::uint32_t holds) noexcept;

  // Makes a live secret one that other arenas can open by its id, once or again. Where it cannot be
  // shared in place it is moved: *in_out is then the new slot, with one hold, and the old one is
  // over
  // (*intact: what End answered), so no view of it may be open.
  sys::Status Share(sys::Backing backing, Slot** in_out, ShareId* id, bool* intact) noexcept;
  [[nodiscard]] static bool CanShareInPlace(sys::Backing backing, const Slot& slot) noexcept;
  // A slot over the pages that another arena shares. ENOENT where nobody holds them any more.
  sys::Status Open(const ShareId& id, Slot** out) noexcept;

  // Maps chunks until bytes are reserved for good.
  sys::Status Reserve(sys::Backing backing, std::size_t bytes) noexcept;

  // Asked after each allocation and each end; each level is answered once until more has been
  // allocated.
  [[nodiscard]] Pressure WantedPressure() noexcept;

  // Nothing is given out and nothing can point at its memory: the arena can go.
  [[nodiscard]] bool idle() const noexcept { return live_ == 0 && waiting_ == 0; }

  [[nodiscard]] const ArenaStats& stats() const noexcept { return stats_; }

 private:
  sys::Status AllocateShared(sys::Backing backing, std::size_t length, Slot** out) noexcept;
  sys::Status AllocateOwn(sys::Backing backing, std::size_t length, bool shareable,
                          Slot** out) noexcept;
  Block* BlockWithRoom(std::size_t slot_class) noexcept;
  Block* CutFromAnyChunk(std::size_t slot_class) noexcept;
  sys::Status Grow(sys::Backing backing) noexcept;
  sys::Status AddChunk(sys::Backing backing, std::size_t length, bool reserved) noexcept;
  void Publish(Slot* slot, std::size_t length) noexcept;
  void Count(Slot* slot) noexcept;
  void ReturnShared(Slot* slot) noexcept;
  void ReleaseOwn(Slot* slot) noexcept;
  void ReleaseIfSpare(Chunk* chunk) noexcept;
  void RemoveChunk(Chunk* chunk) noexcept;
  sys::Status ReadyCanary() noexcept;
  void WriteCanary(const Slot& slot) const noexcept;
  [[nodiscard]] bool CanaryIntact(const Slot& slot) const noexcept;

  void* owner_;
  Chunk* chunks_ = nullptr;
  Block* with_room_[kClassCount] = {};  // blocks of each class with a free slot
  std::size_t next_chunk_ = 0;          // bytes of the next chunk; 0: the first
  std::size_t pressed_at_ = 0;          // allocated_ when the collector was last pressed
  std::size_t allocated_ = 0;           // bytes ever given out
  std::size_t pressed_at_ended_ = 0;
  std::size_t ended_ = 0;               // bytes ever ended
  bool limit_met_ = false;              // growth was refused since the last press
  Pressure pressed_ = Pressure::kNone;  // the last press, while free slots stay low
  std::size_t live_ = 0;                // slots of live secrets
  std::size_t waiting_ = 0;             // ended slots that are still held
  ArenaStats stats_;
  unsigned char canary_[kCanarySize] = {};
  bool canary_ready_ = false;
};

inline constexpr std::size_t kLongestSecret = 0x7fffffff;

}  // namespace memfd_secret::arena
