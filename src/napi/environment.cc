#include "napi/environment.h"

#include <cerrno>
#include <new>

#include "napi/lifetime.h"

namespace memfd_secret::napi {
namespace {

constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
// What V8 takes for a reason to collect soon, and for one to collect everything: found by trying
// Node 20 to 26.
constexpr std::int64_t kSomePressure = 512 * kMebibyte;
constexpr std::int64_t kMostPressure = 1024 * 1024 * kMebibyte;

}  // namespace

Environment* Environment::Make(napi_env env) noexcept {
  auto* environment = new (std::nothrow) Environment;
  if (environment == nullptr) {
    return nullptr;
  }
  if (napi_add_env_cleanup_hook(env, OnEnd, environment) != napi_ok) {
    delete environment;
    return nullptr;
  }
  return environment;
}

void Environment::OnEnd(void* data) noexcept {
  auto* self = static_cast<Environment*>(data);
  self->ended_ = true;
  while (self->lifetimes_ != nullptr) {
    Lifetime* lifetime = self->lifetimes_;
    static_cast<void>(lifetime->End());
    lifetime->environment = nullptr;
  }
  self->Dropped();
}

arena::Arena* Environment::sealed_arena() noexcept {
  if (sealed_arena_ == nullptr) {
    // lib has had the sealing chosen, with the care that a filter asks for.
    sealed_arena_ = new (std::nothrow) arena::Arena(this, sys::ChooseSealing(false));
  }
  return sealed_arena_;
}

arena::ArenaStats Environment::arena_stats() const noexcept {
  arena::ArenaStats sum = arena_.stats();
  if (sealed_arena_ != nullptr) {
    const arena::ArenaStats& sealed = sealed_arena_->stats();
    sum.mapped += sealed.mapped;
    sum.live += sealed.live;
    sum.quarantined += sealed.quarantined;
    sum.reserved += sealed.reserved;
  }
  return sum;
}

sys::Status Environment::Reserve(sys::Backing backing, std::size_t bytes, bool sealed) noexcept {
  if (!sealed) {
    return arena_.Reserve(backing, bytes);
  }
  arena::Arena* closed = sealed_arena();
  if (closed == nullptr) {
    return {sys::Call::kMmap, ENOMEM};
  }
  const std::size_t half = bytes / 2;
  sys::Status status = arena_.MoveReserve(closed, half, bytes - half);
  const std::size_t before = closed->stats().reserved;
  if (status.ok()) {
    status = closed->Reserve(backing, half);
  }
  if (status.ok()) {
    status = arena_.Reserve(backing, bytes - half);
    if (!status.ok()) {
      closed->Unreserve(before);
    }
  }
  return status;
}

bool Environment::MakeRoom() noexcept {
  const bool sealed = sealed_arena_ != nullptr && sealed_arena_->GiveBackSpares();
  return arena_.GiveBackSpares() || sealed;
}

void Environment::Dropped() noexcept {
  if (ended_ && arena_.idle() && (sealed_arena_ == nullptr || sealed_arena_->idle())) {
    delete this;
  }
}

void Environment::Add(Lifetime* lifetime) noexcept { arena::Link(lifetimes_, lifetime); }

void Environment::Remove(Lifetime* lifetime) noexcept { arena::Unlink(lifetimes_, lifetime); }

void Environment::Abandon(napi_env env, napi_value view) noexcept {
  // More than these at once, without one entry in between, take nested uses that deep; what is not
  // remembered stays attached to wiped memory.
  if (abandoned_count_ < kMostAbandoned &&
      napi_create_reference(env, view, 1, &abandoned_[abandoned_count_]) == napi_ok) {
    ++abandoned_count_;
  }
}

void Environment::DetachAbandoned(napi_env env) noexcept {
  while (abandoned_count_ > 0) {
    napi_ref reference = abandoned_[--abandoned_count_];
    napi_value view = nullptr;
    if (napi_get_reference_value(env, reference, &view) == napi_ok && view != nullptr) {
      napi_detach_arraybuffer(env, view);
    }
    napi_delete_reference(env, reference);
  }
}

void Environment::PressCollector(napi_env env) noexcept {
  const arena::Pressure wanted = arena_.WantedPressure();
  if (wanted == arena::Pressure::kNone) {
    return;
  }
  const std::int64_t amount = wanted == arena::Pressure::kMost ? kMostPressure : kSomePressure;
  std::int64_t total = 0;
  if (napi_adjust_external_memory(env, amount, &total) == napi_ok) {
    napi_adjust_external_memory(env, -amount, &total);
  }
}

}  // namespace memfd_secret::napi
