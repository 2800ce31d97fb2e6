#include "sys/seal.h"

#include <sys/mman.h>

#include <atomic>

#include "sys/protection_key.h"
#include "sys/throwaway_child.h"

namespace memfd_secret::sys {
namespace {

constexpr int kNotChosen = -1;
constexpr int kNoKey = 0;  // the kernel's own: never given out

constinit std::atomic<int> chosen_key{kNotChosen};

int AllocateOnce() noexcept {
  int key = kNoKey;
  return AllocateProtectionKey(&key).ok() ? 0 : 1;
}

bool MayAllocate(bool in_child) noexcept {
  if (!HasProtectionKeys()) {
    return false;
  }
  ChildEnd end;
  return !in_child || (RunInThrowawayChild(AllocateOnce, &end).ok() && end.exit_code == 0);
}

Sealing SealingOf(int key) noexcept { return key == kNoKey ? Sealing::kMprotect : Sealing::kPkey; }

// Of the whole mapping, never of a part: nothing is split or joined, for which the kernel could
// lack memory when it is to be closed again.
Status Protect(const Mapping& mapping, int protection) noexcept {
  return mprotect(mapping.pages, mapping.length, protection) == 0 ? kOk : Failed(Call::kMprotect);
}

}  // namespace

Sealing ChooseSealing(bool in_child) noexcept {
  const int chosen = chosen_key.load(std::memory_order_acquire);
  if (chosen != kNotChosen) {
    return SealingOf(chosen);
  }
  int key = kNoKey;
  if (!MayAllocate(in_child) || !AllocateProtectionKey(&key).ok()) {
    key = kNoKey;
  }
  int first = kNotChosen;
  if (!chosen_key.compare_exchange_strong(first, key, std::memory_order_acq_rel)) {
    // Another thread was quicker.
    if (key != kNoKey) {
      FreeProtectionKey(key);
    }
    key = first;
  }
  return SealingOf(key);
}

Sealing TrySealing(bool in_child) noexcept {
  const int chosen = chosen_key.load(std::memory_order_acquire);
  if (chosen != kNotChosen) {
    return SealingOf(chosen);
  }
  int key = kNoKey;
  if (!MayAllocate(in_child) || !AllocateProtectionKey(&key).ok()) {
    return Sealing::kMprotect;
  }
  FreeProtectionKey(key);
  return Sealing::kPkey;
}

Status CloseSeal(Sealing sealing, const Mapping& mapping, Seal* out) noexcept {
  Status status;
  if (sealing == Sealing::kPkey) {
    status = ProtectByKey(mapping.pages, mapping.length, chosen_key.load());
  } else if (sealing == Sealing::kMprotect) {
    status = Protect(mapping, PROT_NONE);
  }
  if (status.ok()) {
    *out = {sealing, 0, kOk};
  }
  return status;
}

SealOpening::SealOpening(Seal* seal, const Mapping& mapping) noexcept
    : seal_(seal), mapping_(&mapping) {
  if (seal->sealing == Sealing::kPkey) {
    register_ = OpenProtectionKey(chosen_key.load(std::memory_order_relaxed));
  } else if (seal->sealing == Sealing::kMprotect) {
    if (seal->openings == 0) {
      if (!seal->unclosed.ok()) {
        seal->unclosed = Protect(mapping, PROT_NONE);
      }
      status_ = seal->unclosed.ok() ? Protect(mapping, PROT_READ | PROT_WRITE) : seal->unclosed;
    }
    seal->openings += status_.ok() ? 1 : 0;
  }
}

SealOpening::~SealOpening() noexcept {
  if (seal_->sealing == Sealing::kPkey) {
    RestoreProtectionKey(chosen_key.load(std::memory_order_relaxed), register_);
  } else if (seal_->sealing == Sealing::kMprotect && status_.ok() && --seal_->openings == 0) {
    seal_->unclosed = Protect(*mapping_, PROT_NONE);
  }
}

}  // namespace memfd_secret::sys
