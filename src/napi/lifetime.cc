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

// allocate(backing, byteLength, isolated, sealed): a handle, or a failure.
napi_value Allocate(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Environment* environment = arguments.environment;
  environment->DetachAbandoned(env);
  const auto backing = static_cast<sys::Backing>(ToSize(env, arguments[0]));
  arena::Arena* arena =
      ToBool(env, arguments[3]) ? environment->sealed_arena() : &environment->arena();
  const std::size_t length = ToSize(env, arguments[1]);
  const bool isolated = ToBool(env, arguments[2]);
  arena::Slot* slot = nullptr;
  sys::Status status{sys::Call::kMmap, ENOMEM};
  if (arena != nullptr) {
    status = arena->Allocate(backing, length, isolated, &slot);
    if (!status.ok() && environment->MakeRoom()) {
      status = arena->Allocate(backing, length, isolated, &slot);
    }
  }
  environment->PressCollector(env);
  return status.ok() ? AdoptSlot(env, environment, backing, slot) : Number(env, status);
}

// view(handle): an ArrayBuffer, or an Answer.
napi_value View(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  // lib refuses; a view that outlives all uses would need the seal open for good.
  napi_value view = lifetime->sealed() ? nullptr : MakeView(env, lifetime);
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
  const double answer = lifetime == nullptr ? NumberOf(Answer::kDisposed) : lifetime->Dispose();
  arguments.environment->PressCollector(env);
  return Number(env, answer);
}

napi_value DestroySecret(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToLifetime(env, arguments, 0);
  const double answer = lifetime == nullptr ? NumberOf(Answer::kDisposed) : lifetime->End();
  arguments.environment->PressCollector(env);
  return Number(env, answer);
}

// isOpen(handle): false once disposed, also where a terminated use wiped it.
napi_value IsOpen(napi_env env, napi_callback_info info) noexcept {
  return Boolean(env, ToOpenLifetime(env, Arguments(env, info), 0) != nullptr);
}

}  // namespace

napi_value AdoptSlot(napi_env env, Environment* environment, sys::Backing backing,
                     arena::Slot* slot) noexcept {
  auto* lifetime = new (std::nothrow) Lifetime;
  if (lifetime == nullptr) {
    arena::Arena& arena =
        Lifetime::IsSealed(*slot) ? *environment->sealed_arena() : environment->arena();
    static_cast<void>(arena.End(slot));
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  lifetime->slot = slot;
  lifetime->length = slot->length;
  lifetime->backing = backing;
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

bool Lifetime::IsSealed(const arena::Slot& slot) noexcept {
  const sys::Seal& seal = slot.block == nullptr ? slot.seal : slot.block->chunk->seal;
  return seal.sealing != sys::Sealing::kNone;
}

arena::Arena& Lifetime::arena() const noexcept {
  return sealed() ? *environment->sealed_arena() : environment->arena();
}

double Lifetime::End() noexcept {
  if (slot == nullptr) {
    return NumberOf(Answer::kDone);
  }
  if (disposing && uses > 0) {
    --environment->pending_disposals;
  }
  disposing = true;
  --environment->secrets;
  environment->bytes -= length;
  environment->Remove(this);
  const double copy_ended = EndCopy(false);
  arena::Arena& home = arena();
  arena::Slot* ended = slot;
  slot = nullptr;
  sys::Status wiped;
  const bool intact = home.End(ended, &wiped);
  if (!wiped.ok()) {
    return FailureOf(wiped);
  }
  return intact ? copy_ended : NumberOf(Answer::kCorrupted);
}

double Lifetime::Dispose() noexcept {
  if (slot == nullptr) {
    return NumberOf(Answer::kDone);
  }
  if (uses == 0) {
    return End();
  }
  if (!disposing) {
    disposing = true;
    ++environment->pending_disposals;
  }
  return NumberOf(Answer::kPending);
}

sys::Status Lifetime::StartUse() noexcept {
  if (sealed() && copy == nullptr) {
    arena::Arena& open = environment->arena();
    sys::Status status = arena::MakeOpenCopy(&open, backing, slot, &copy);
    if (!status.ok() && environment->MakeRoom()) {
      status = arena::MakeOpenCopy(&open, backing, slot, &copy);
    }
    if (!status.ok()) {
      return status;
    }
  }
  ++uses;
  return sys::kOk;
}

double Lifetime::EndCopy(bool write_back) noexcept {
  if (copy == nullptr) {
    return NumberOf(Answer::kDone);
  }
  arena::Slot* ended = copy;
  copy = nullptr;
  arena::Arena& open = environment->arena();
  // Overrun or underrun, it holds nothing that whoever shares the secret is to be given.
  const bool intact = open.Intact(*ended);
  const sys::Status written = write_back && intact ? arena::WriteBack(*ended, slot) : sys::kOk;
  static_cast<void>(open.End(ended));
  if (!written.ok()) {
    return FailureOf(written);
  }
  return NumberOf(intact ? Answer::kDone : Answer::kCorrupted);
}

double Lifetime::EndUse() noexcept {
  --uses;
  if (slot == nullptr || uses > 0) {
    return NumberOf(Answer::kDone);
  }
  // Where the secret is over with this use, what was written is for those who share it.
  const double answer = EndCopy(!disposing || slot->shared != nullptr);
  if (disposing) {
    --environment->pending_disposals;
  } else if (answer != NumberOf(Answer::kCorrupted)) {
    return answer;
  }
  // Corrupted, it is as an unsealed secret whose view was overrun: what it holds is not to be
  // trusted any more.
  const double ended = End();
  return answer == NumberOf(Answer::kDone) ? ended : answer;
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

napi_value MakeView(napi_env env, const Lifetime* lifetime) noexcept {
  arena::Arena& arena = lifetime->environment->arena();
  arena::Slot* slot = lifetime->copy == nullptr ? lifetime->slot : lifetime->copy;
  std::byte* bytes =
      lifetime->copy == nullptr ? slot->data : arena::OpenBytes(*slot, lifetime->length);
  arena::Arena::Hold(slot, 2);
  napi_value view = nullptr;
  if (napi_create_external_arraybuffer(env, bytes, lifetime->length, OnViewGone, slot, &view) !=
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
