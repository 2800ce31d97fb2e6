#pragma once

#include <cstddef>
#include <cstdint>

#include "arena/chunk.h"
#include "arena/size_class.h"
#include "arena/slot.h"
#include "sys/pages.h"
#include "sys/seal.h"
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
  // owner: noted in each slot given out. sealing: how its memory is closed but while a scope has it
  // open (opened_slot.h); nothing may point into sealed memory outside of one.
  explicit Arena(void* owner = nullptr, sys::Sealing sealing = sys::Sealing::kNone) noexcept
      : owner_(owner), sealing_(sealing) {}
  ~Arena() noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // A zeroed slot with one hold, the owner's. own_mapping: not shared with other secrets; implied
  // for long ones. length: 1 to kLongestSecret.
  sys::Status Allocate(sys::Backing backing, std::size_t length, bool own_mapping,
                       Slot** out) noexcept;

  // Ends a live secret: looks at the canary, wipes, and drops the owner's hold. Answers false where
  // the canary was overwritten. Any other thread's secrets stay untouched. wiped: kOk, or why
  // sealed memory could not be opened to be wiped; it stays closed then, and is never used again.
  [[nodiscard]] bool End(Slot* slot, sys::Status* wiped = nullptr) noexcept;

  // Has one more canary in a live slot, offset bytes from its start; above 0.
  void WatchWithin(Slot* slot, std::size_t offset) const noexcept;
  // Whether nothing ran over or under a slot, which is open.
  [[nodiscard]] bool Intact(const Slot& slot) const noexcept;

  static void Hold(Slot* slot, std::uint32_t holds) noexcept { slot->holds += holds; }
  // Drops holds; the last one gives the slot back, wiped once more: a job in flight may have
  // written to it meanwhile.
  void Drop(Slot* slot, std::uint32_t holds) noexcept;

  // Makes a live secret one that other arenas can open by its id, once or again. Where it cannot be
  // shared in place it is moved: *in_out is then the new slot, with one hold, and the old one is
  // over (*intact: what End answered), so no view of it may be open. A failure to wipe the old one
  // is told when the secret has moved already.
  sys::Status Share(sys::Backing backing, Slot** in_out, ShareId* id, bool* intact) noexcept;
  [[nodiscard]] static bool CanShareInPlace(sys::Backing backing, const Slot& slot) noexcept;
  // A slot over the pages that another arena shares, sealed as this one. ENOENT where nobody holds
  // them any more.
  sys::Status Open(const ShareId& id, Slot** out) noexcept;

  // Maps chunks until bytes are reserved for good.
  sys::Status Reserve(sys::Backing backing, std::size_t bytes) noexcept;
  // Takes back the last Reserve, before anything else was allocated: down to what was reserved
  // then.
  void Unreserve(std::size_t bytes) noexcept;
  // Gives empty reserved chunks to another arena of this environment, sealed as that one is, until
  // it has bytes reserved, only kept are left here, or none that it may have. They stay locked
  // meanwhile.
  sys::Status MoveReserve(Arena* to, std::size_t bytes, std::size_t kept) noexcept;

  // Gives back the chunks that are kept for later, for whoever has met a limit. False: there is
  // none.
  bool GiveBackSpares() noexcept;

  // Asked after each allocation and each end; each level is answered once until more has been
  // allocated.
  [[nodiscard]] Pressure WantedPressure() noexcept;

  // Nothing is given out and nothing can point at its memory: the arena can go.
  [[nodiscard]] bool idle() const noexcept { return live_ == 0 && waiting_ == 0; }

  [[nodiscard]] const ArenaStats& stats() const noexcept { return stats_; }
  [[nodiscard]] sys::Sealing sealing() const noexcept { return sealing_; }

 private:
  sys::Status AllocateShared(sys::Backing backing, std::size_t length, Slot** out) noexcept;
  sys::Status AllocateOwn(sys::Backing backing, std::size_t length, bool shareable,
                          Slot** out) noexcept;
  Block* BlockWithRoom(std::size_t slot_class) noexcept;
  Block* CutFromAnyChunk(std::size_t slot_class) noexcept;
  // Twice the largest there is, so that the size falls again with what is given back.
  [[nodiscard]] std::size_t NextChunk() const noexcept;
  sys::Status Grow(sys::Backing backing) noexcept;
  sys::Status AddChunk(sys::Backing backing, std::size_t length, bool reserved) noexcept;
  sys::Status Publish(Slot* slot, std::size_t length) noexcept;
  void Count(Slot* slot) noexcept;
  bool EndMemory(Slot* slot, sys::Status* wiped) noexcept;
  void Release(Slot* slot, bool wiped) noexcept;
  void GiveBack(Slot* slot) noexcept;
  void ReleaseOwn(Slot* slot, bool wiped) noexcept;
  [[nodiscard]] std::size_t WorthAsSpare(const Chunk& chunk) const noexcept;
  void ReleaseIfSpare(Chunk* chunk) noexcept;
  void RemoveChunk(Chunk* chunk) noexcept;
  sys::Status ReadyCanary() noexcept;
  void WriteCanary(const Slot& slot) const noexcept;

  void* owner_;
  sys::Sealing sealing_;
  Chunk* chunks_ = nullptr;
  Block* with_room_[kClassCount] = {};  // blocks of each class with a free slot
  std::size_t unpressed_ = 0;           // may be mapped before the collector is pressed
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
