#include <cerrno>
#include <cstring>
#include <new>

#include "arena/arena.h"
#include "arena/opened_slot.h"
#include "arena/shared_secret.h"
#include "sys/fork_mark.h"
#include "sys/shared_pages.h"

namespace memfd_secret::arena {
namespace {

sys::Status CopyContents(Slot* from, Slot* to) noexcept {
  const OpenedSlot source(from);
  const OpenedSlot target(to);
  if (!source.status().ok() || !target.status().ok()) {
    return source.status().ok() ? target.status() : source.status();
  }
  std::memcpy(to->data, from->data, from->length);
  return sys::kOk;
}

}  // namespace

bool Arena::CanShareInPlace(sys::Backing backing, const Slot& slot) noexcept {
  // A slot of a shared page has neighbours, and the fallback's private pages cannot be duplicated.
  return slot.shared != nullptr || (slot.block == nullptr && backing == sys::Backing::kMemfdSecret);
}

sys::Status Arena::Share(sys::Backing backing, Slot** in_out, ShareId* id, bool* intact) noexcept {
  Slot* slot = *in_out;
  *intact = true;
  if (slot->shared != nullptr) {
    *id = slot->shared->id;
    return sys::kOk;
  }
  Slot* sharer = slot;
  if (!CanShareInPlace(backing, *slot)) {
    if (const sys::Status status = AllocateOwn(backing, slot->length, true, &sharer);
        !status.ok()) {
      return status;
    }
    sharer->isolated = slot->isolated;
  }
  sys::Status status = sharer == slot ? sys::kOk : CopyContents(slot, sharer);
  if (status.ok()) {
    status = StartSharing(sharer, canary_);
  }
  if (!status.ok()) {
    if (sharer != slot) {
      static_cast<void>(End(sharer));
    }
    return status;
  }
  *id = sharer->shared->id;
  if (sharer != slot) {
    *in_out = sharer;
    // Sealed memory that cannot be opened to be wiped is told, though the secret is shared by now.
    *intact = End(slot, &status);
  }
  return status;
}

sys::Status Arena::Open(const ShareId& id, Slot** out) noexcept {
  if (const sys::Status status = sys::MarkOwner(); !status.ok()) {
    return status;
  }
  auto* slot = new (std::nothrow) Slot;
  if (slot == nullptr) {
    return {sys::Call::kMmap, ENOMEM};
  }
  if (const sys::Status status = JoinSharing(id, sealing_, slot); !status.ok()) {
    limit_met_ = limit_met_ || status.error != ENOENT;
    delete slot;
    return status;
  }
  slot->charged = slot->mapping.length;
  stats_.mapped += slot->mapping.length;
  // The canary stands behind the secret already: written again it would hide that it was
  // overwritten.
  Count(slot);
  *out = slot;
  return sys::kOk;
}

}  // namespace memfd_secret::arena
