#include "arena/shared_secret.h"

#include <cerrno>
#include <cstring>
#include <new>

#include "arena/chunk.h"
#include "sys/futex_lock.h"
#include "sys/getrandom.h"
#include "sys/shared_pages.h"

namespace memfd_secret::arena {
namespace {

constinit sys::FutexLock registry_lock;
constinit SharedSecret* registry = nullptr;

// Under the lock.
SharedSecret* Find(const ShareId& id) noexcept {
  SharedSecret* secret = registry;
  while (secret != nullptr && !(secret->id == id)) {
    secret = secret->next;
  }
  return secret;
}

void AddHolder(SharedSecret* secret, Slot* slot) noexcept {
  slot->shared = secret;
  slot->previous_holder = nullptr;
  slot->next_holder = secret->holders;
  if (secret->holders != nullptr) {
    secret->holders->previous_holder = slot;
  }
  secret->holders = slot;
}

void RemoveHolder(SharedSecret* secret, Slot* slot) noexcept {
  (slot->previous_holder == nullptr ? secret->holders : slot->previous_holder->next_holder) =
      slot->next_holder;
  if (slot->next_holder != nullptr) {
    slot->next_holder->previous_holder = slot->previous_holder;
  }
  slot->shared = nullptr;
}

}  // namespace

sys::Status StartSharing(Slot* slot, const unsigned char* canary) noexcept {
  auto* secret = new (std::nothrow) SharedSecret;
  if (secret == nullptr) {
    return {sys::Call::kMmap, ENOMEM};
  }
  if (const sys::Status status = sys::FillRandom(&secret->id, sizeof(secret->id)); !status.ok()) {
    delete secret;
    return status;
  }
  secret->length = slot->length;
  secret->offset = slot->data - slot->mapping.pages;
  secret->sealing = slot->seal.sealing;
  secret->isolated = slot->isolated;
  std::memcpy(secret->canary, canary, kCanarySize);
  const sys::LockHolder lock(registry_lock);
  AddHolder(secret, slot);
  Link(registry, secret);
  return sys::kOk;
}

sys::Sealing SharedSealing(const ShareId& id) noexcept {
  const sys::LockHolder lock(registry_lock);
  const SharedSecret* secret = Find(id);
  return secret == nullptr ? sys::Sealing::kNone : secret->sealing;
}

sys::Status JoinSharing(const ShareId& id, sys::Sealing sealing, Slot* slot) noexcept {
  const sys::LockHolder lock(registry_lock);
  SharedSecret* secret = Find(id);
  if (secret == nullptr || secret->sealing != sealing) {
    return {sys::Call::kMremap, ENOENT};
  }
  // Under the lock: the holder whose mapping is duplicated cannot leave and unmap it meanwhile.
  const sys::Status status =
      sys::DuplicatePages(secret->holders->mapping, sealing, &slot->mapping, &slot->seal);
  if (!status.ok()) {
    return status;
  }
  slot->data = slot->mapping.pages + secret->offset;
  slot->length = secret->length;
  slot->isolated = secret->isolated;
  AddHolder(secret, slot);
  return sys::kOk;
}

bool LeaveSharing(Slot* slot) noexcept {
  const sys::LockHolder lock(registry_lock);
  SharedSecret* secret = slot->shared;
  RemoveHolder(secret, slot);
  if (secret->holders != nullptr) {
    return false;
  }
  Unlink(registry, secret);
  delete secret;
  return true;
}

}  // namespace memfd_secret::arena
