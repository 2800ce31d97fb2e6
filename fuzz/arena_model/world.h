#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "arena/arena.h"
#include "arena_model/entry.h"
#include "support/input.h"
#include "sys/seal.h"

namespace memfd_secret::fuzz {

// Arenas that bytes drive, and beside them what each secret must hold and each count must be.
class World {
 public:
  World(sys::Backing backing, sys::Sealing sealing);

  // One operation, and everything that must hold after it.
  void Step(Input* input);
  // Ends what is left: the arenas must then have nothing but what is reserved.
  void Finish();

 private:
  // The first ones are open, the others sealed; two of each, since secrets are shared between them.
  static constexpr std::size_t kArenas = 4;
  static constexpr std::size_t kOpenArenas = 2;
  static constexpr std::size_t kMostEntries = 32;
  static constexpr std::size_t kMostReserved = std::size_t{96} * 1024;

  void Allocate(Input* input);
  void AllocateWrongly(Input* input);
  void Hold(Input* input);
  void Drop(Input* input);
  void End(Input* input);
  void Write(Input* input);
  void Spoil(Input* input);
  void Share(Input* input);
  void Open(Input* input);
  void OpenUnknown(Input* input);
  void Reserve(Input* input);
  void GiveBack(Input* input);

  // world_copies.cc
  void CopyOpen(Input* input);
  void WriteBack(Input* input);
  // What the model has where a copy keeps a canary between what it was and what it is.
  [[nodiscard]] static std::vector<std::uint8_t> CanaryWithin(const Entry& entry);

  Entry* Any(Input* input);
  // A live entry of these contents, or null.
  Entry* Holder(const Contents& contents, bool sealed);
  Entry* Add(std::size_t arena, arena::Slot* slot, std::shared_ptr<Contents> contents);
  void Remove(Entry* entry);
  void EndEntry(Entry* entry);
  void DropHolds(Entry* entry, std::uint32_t holds);
  [[nodiscard]] bool IsSealed(const Entry& entry) const noexcept {
    return entry.arena >= kOpenArenas && sealing_ != sys::Sealing::kNone;
  }

  // world_checks.cc
  void CheckPlace(const Entry& entry) const;
  void CheckZeroed(const Entry& entry) const;
  void CheckContents(const Entry& entry) const;
  void CheckClosed(const Entry& entry) const;
  void CheckWiped(const std::byte* from, std::size_t length, const arena::Chunk* chunk) const;
  void CheckStats(std::size_t arena) const;
  void CheckAll() const;
  // Whether a limit of this process may be what refused: then nothing must have changed.
  [[nodiscard]] static bool Refused(const sys::Status& status);

  sys::Backing backing_;
  sys::Sealing sealing_;
  std::array<std::unique_ptr<arena::Arena>, kArenas> arenas_;
  std::array<std::size_t, kArenas> reserved_{};
  std::vector<Entry> entries_;
  // Of every secret that was ever shared, also of those that are over.
  std::vector<std::weak_ptr<Contents>> shared_;
  std::vector<arena::ShareId> ids_;
};

}  // namespace memfd_secret::fuzz
