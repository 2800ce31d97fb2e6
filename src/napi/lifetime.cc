#include "napi/lifetime.h"

#include <cerrno>
#include <new>

namespace memfd_secret::napi {
namespace {

// A finalizer of a view: one of the backing store's, one of the ArrayBuffer object's. In-flight I/O
// keeps the object alive after a detach, so both must have run before the memory serves another
// secret. No Node-API call in here: Bun and Deno run finalizers inside a collection.
void OnViewGone(napi_env /*env*/, void* /*memory*/, void* hint) noexcept {
  auto* slot = static_cast<arena::Slot*>(hint);
  auto* environment = static_cast<Environment*>(slot->owner);
  environment->arena().Drop(slot, 1);
  environment->Dropped();
}

void OnObjectGone(napi_env env, void* data, void* /*hint*/) noexcept {
  OnViewGone(env, nullptr, data);
}

void OnHandleGone(napi_env /*env*/, void* data, void* /*hint*/) noexcept {
  auto* lifetime = static_cast<Lifetime*>(data);
  if (lifetime->slot != nullptr) {
    if (!lifetime->disposing) {
      ++lifetime->environment->collected_undisposed;
    }
    static_cast<void>(lifetime->End());
  }
  delete lifetime;
}

// allocate(backing, byteLength, isolated): a handle, or a failure.
napi_value Allocate(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Environment* environment = arguments.environment;
  environment->DetachAbandoned(env);
  const auto backing = static_cast<sys::Backing>(ToSize(env, arguments[0]));
  arena::Slot* slot = nullptr;
  const sys::Status status = environment->arena().Allocate(backing, ToSize(env, arguments[1]),
                                                           ToBool(env, arguments[2]), &slot);
  environment->PressCollector(env);
  return status.ok() ? AdoptSlot(env, environment, slot) : Number(env, status);
}

// view(handle): an ArrayBuffer, or an Answer.
napi_value View(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  napi_value view = MakeView(env, lifetime->slot);
  return view == nullptr ? Number(env, Answer::kNoExternalBuffers) : view;
}

// canMakeViews(): false where the runtime refuses external buffers (Electron, a V8 with its
// sandbox).
napi_value CanMakeViews(napi_env env, napi_callback_info /*info*/) noexcept {
  static unsigned char byte = 0;
  napi_value view = nullptr;
  return Boolean(
      env, napi_create_external_arraybuffer(env, &byte, 1, nullptr, nullptr, &view) == napi_ok);
}

// detach(arrayBuffer): of a view that lib made.
napi_value Detach(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  // Refused where a runtime pins the buffer while I/O is in flight (Bun): the memory is wiped all
  // the same.
  napi_detach_arraybuffer(env, arguments[0]);
  return nullptr;
}

// dispose(handle), destroy(handle): an Answer.
napi_value DisposeSecret(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToLifetime(env, arguments, 0);
  const Answer answer = lifetime == nullptr ? Answer::kDisposed : lifetime->Dispose();
  arguments.environment->PressCollector(env);
  return Number(env, answer);
}

napi_value DestroySecret(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToLifetime(env, arguments, 0);
  const Answer answer = lifetime == nullptr ? Answer::kDisposed : lifetime->End();
  arguments.environment->PressCollector(env);
  return Number(env, answer);
}

// isOpen(handle): false once disposed, also where a terminated use wiped it.
napi_value IsOpen(napi_env env, napi_callback_info info) noexcept {
  return Boolean(env, ToOpenLifetime(env, Arguments(env, info), 0) != nullptr);
}

}  // namespace

napi_value AdoptSlot(napi_env env, Environment* environment, arena::Slot* slot) noexcept {
  auto* lifetime = new (std::nothrow) Lifetime;
  if (lifetime == nullptr) {
    static_cast<void>(environment->arena().End(slot));
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  lifetime->slot = slot;
  lifetime->length = slot->length;
  lifetime->environment = environment;
  environment->Add(lifetime);
  ++environment->secrets;
  environment->bytes += lifetime->length;
  napi_value handle = nullptr;
  if (napi_create_external(env, lifetime, OnHandleGone, nullptr, &handle) != napi_ok) {
    static_cast<void>(lifetime->End());
    delete lifetime;
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  return handle;
}

Answer Lifetime::End() noexcept {
  if (slot == nullptr) {
    return Answer::kDone;
  }
  if (disposing && uses > 0) {
    --environment->pending_disposals;
  }
  disposing = true;
  --environment->secrets;
  environment->bytes -= length;
  environment->Remove(this);
  arena::Slot* ended = slot;
  slot = nullptr;
  return environment->arena().End(ended) ? Answer::kDone : Answer::kCorrupted;
}

Answer Lifetime::Dispose() noexcept {
  if (slot == nullptr) {
    return Answer::kDone;
  }
  if (uses == 0) {
    return End();
  }
  if (!disposing) {
    disposing = true;
    ++environment->pending_disposals;
  }
  return Answer::kPending;
}

Answer Lifetime::EndUse() noexcept {
  --uses;
  if (slot == nullptr || !disposing || uses > 0) {
    return Answer::kDone;
  }
  --environment->pending_disposals;
  return End();
}

Lifetime* ToLifetime(napi_env env, const Arguments& arguments, std::size_t index) noexcept {
  if (arguments.environment != nullptr) {
    arguments.environment->DetachAbandoned(env);
  }
  void* data = nullptr;
  return napi_get_value_external(env, arguments[index], &data) == napi_ok
             ? static_cast<Lifetime*>(data)
             : nullptr;
}

Lifetime* ToOpenLifetime(napi_env env, const Arguments& arguments, std::size_t index) noexcept {
  Lifetime* lifetime = ToLifetime(env, arguments, index);
  return lifetime == nullptr || lifetime->refuses() ? nullptr : lifetime;
}

napi_value MakeView(napi_env env, arena::Slot* slot) noexcept {
  arena::Arena& arena = static_cast<Environment*>(slot->owner)->arena();
  arena::Arena::Hold(slot, 2);
  napi_value view = nullptr;
  if (napi_create_external_arraybuffer(env, slot->data, slot->length, OnViewGone, slot, &view) !=
      napi_ok) {
    arena.Drop(slot, 2);
    return nullptr;
  }
  if (napi_add_finalizer(env, view, slot, OnObjectGone, nullptr, nullptr) != napi_ok) {
    napi_detach_arraybuffer(env, view);
    arena.Drop(slot, 1);
    return nullptr;
  }
  return view;
}

bool RegisterLifetime(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {
      {"allocate", Allocate},        {"view", View},     {"detach", Detach},
      {"dispose", DisposeSecret},    {"isOpen", IsOpen}, {"destroy", DestroySecret},
      {"canMakeViews", CanMakeViews}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
