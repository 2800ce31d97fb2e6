#include <cerrno>
#include <cstring>
#include <new>

#include "arena/arena.h"
#include "arena/shared_secret.h"
#include "sys/fork_mark.h"
#include "sys/shared_pages.h"

namespace memfd_secret::arena {

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
    std::memcpy(sharer->data, slot->data, slot->length);
  }
  if (const sys::Status status = StartSharing(sharer, canary_); !status.ok()) {
    if (sharer != slot) {
      static_cast<void>(End(sharer));
    }
    return status;
  }
  *id = sharer->shared->id;
  if (sharer != slot) {
    *in_out = sharer;
    *intact = End(slot);
  }
  return sys::kOk;
}

sys::Status Arena::Open(const ShareId& id, Slot** out) noexcept {
  if (const sys::Status status = sys::MarkOwner(); !status.ok()) {
    return status;
  }
  auto* slot = new (std::nothrow) Slot;
  if (slot == nullptr) {
    return {sys::Call::kMmap, ENOMEM};
  }
  if (const sys::Status status = JoinSharing(id, slot); !status.ok()) {
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
