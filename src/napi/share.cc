#include "napi/share.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "arena/shared_secret.h"
#include "napi/lifetime.h"
#include "sys/bytes.h"
#include "sys/fork_mark.h"
#include "sys/pages.h"
#include "sys/secret_descriptor.h"

namespace memfd_secret::napi {
namespace {

bool ToShareId(napi_env env, napi_value value, arena::ShareId* id) noexcept {
  int negative = 0;
  std::size_t words = 2;
  return napi_get_value_bigint_words(env, value, &negative, &words, id->words) == napi_ok &&
         words <= 2 && negative == 0;
}

// share(handle, backing, viewOpen): the id, a BigInt, or an Answer or a failure. kPending: the
// secret would have to be moved while a view of it is open.
napi_value Share(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const auto backing = static_cast<sys::Backing>(ToSize(env, arguments[1]));
  // A view of a sealed secret looks at a copy, and does not hold it where it is.
  const bool in_view = !lifetime->sealed() && (lifetime->uses > 0 || ToBool(env, arguments[2]));
  if (in_view && !arena::Arena::CanShareInPlace(backing, *lifetime->slot)) {
    return Number(env, Answer::kPending);
  }
  arena::ShareId id;
  bool intact = true;
  arena::Arena& arena = lifetime->arena();
  sys::Status status = arena.Share(backing, &lifetime->slot, &id, &intact);
  if (!status.ok() && lifetime->environment->MakeRoom()) {
    status = arena.Share(backing, &lifetime->slot, &id, &intact);
  }
  if (!status.ok()) {
    lifetime->environment->PressCollector(env);
    return Number(env, status);
  }
  if (!intact) {
    static_cast<void>(lifetime->End());
    return Number(env, Answer::kCorrupted);
  }
  napi_value result = nullptr;
  return napi_create_bigint_words(env, 0, 2, id.words, &result) == napi_ok ? result : nullptr;
}

// isSharedSealed(id): false also where nobody holds the secret any more.
napi_value IsSharedSealed(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  arena::ShareId id;
  return Boolean(
      env, ToShareId(env, arguments[0], &id) && arena::SharedSealing(id) != sys::Sealing::kNone);
}

// openShared(id, backing): a handle, sealed as the secret is, or a failure: ENOENT where nobody
// holds the secret any more.
napi_value OpenShared(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  arena::ShareId id;
  if (!ToShareId(env, arguments[0], &id)) {
    return Number(env, sys::Status{sys::Call::kMremap, ENOENT});
  }
  Environment* environment = arguments.environment;
  environment->DetachAbandoned(env);
  arena::Arena* arena = arena::SharedSealing(id) == sys::Sealing::kNone
                            ? &environment->arena()
                            : environment->sealed_arena();
  arena::Slot* slot = nullptr;
  sys::Status status{sys::Call::kMmap, ENOMEM};
  if (arena != nullptr) {
    status = arena->Open(id, &slot);
    if (!status.ok() && status.error != ENOENT && environment->MakeRoom()) {
      status = arena->Open(id, &slot);
    }
  }
  environment->PressCollector(env);
  const auto backing = static_cast<sys::Backing>(ToSize(env, arguments[1]));
  return status.ok() ? AdoptSlot(env, environment, backing, slot) : Number(env, status);
}

// sharedLength(handle): of the secret behind a handle that openShared made.
napi_value SharedLength(napi_env env, napi_callback_info info) noexcept {
  const Lifetime* lifetime = ToLifetime(env, Arguments(env, info), 0);
  return Number(env, lifetime == nullptr ? 0 : static_cast<double>(lifetime->length));
}

sys::Status CopyToDescriptor(const Lifetime& lifetime, int* descriptor) noexcept {
  int opened = -1;
  // Of exactly the secret's size, so that the receiver knows it from the descriptor alone.
  if (const sys::Status status = sys::OpenSecretDescriptor(lifetime.length, &opened);
      !status.ok()) {
    return status;
  }
  sys::Mapping mapping;
  sys::Status status =
      sys::MapSecretDescriptor(opened, sys::RoundUpToPages(lifetime.length), &mapping);
  if (status.ok()) {
    {
      const OpenedSecret secret(&lifetime);
      status = secret.status();
      if (status.ok()) {
        std::memcpy(mapping.pages, secret.data(), lifetime.length);
      }
    }
    // Not wiped: the copy lives on behind the descriptor, and the kernel zeroes it with the last
    // one.
    const sys::Status unmapped = sys::Unmap(mapping);
    if (!unmapped.ok()) {
      // A mapping that stays is no copy that anybody knows of.
      sys::Wipe(mapping.pages, mapping.length);
    }
    status = status.ok() ? unmapped : status;
  }
  if (!status.ok()) {
    close(opened);
    return status;
  }
  *descriptor = opened;
  return sys::kOk;
}

// copyToDescriptor(handle): a descriptor of a copy, or a failure (never 0, which would be done).
napi_value CopyOutToDescriptor(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  int descriptor = -1;
  if (lifetime == nullptr) {
    return Number(env, sys::Status{sys::Call::kMemfdSecret, EBADF});
  }
  const sys::Status status = CopyToDescriptor(*lifetime, &descriptor);
  return status.ok() ? Number(env, static_cast<double>(descriptor)) : Number(env, status);
}

// secretSize(descriptor): its size in bytes where it is a secret descriptor, -1 where it is none.
napi_value SecretSize(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  bool secret = false;
  std::size_t length = 0;
  const sys::Status status =
      sys::IsSecretDescriptor(static_cast<int>(ToDouble(env, arguments[0])), &secret, &length);
  return Number(env, status.ok() && secret ? static_cast<double>(length) : -1);
}

// copyFromDescriptor(handle, descriptor): an Answer, or a failure; EINVAL where it is no secret
// descriptor of at least the secret's length any more, since mapping one could end in SIGBUS.
napi_value CopyFromDescriptor(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const int descriptor = static_cast<int>(ToDouble(env, arguments[1]));
  bool secret = false;
  std::size_t size = 0;
  if (const sys::Status status = sys::IsSecretDescriptor(descriptor, &secret, &size);
      !status.ok()) {
    return Number(env, status);
  }
  if (!secret || size < lifetime->length) {
    return Number(env, sys::Status{sys::Call::kMmap, EINVAL});
  }
  // A secret descriptor's size cannot change once it is set, so what was checked holds. Its pages
  // may not exist yet and meet a limit: prefaulting finds out without a signal.
  sys::Mapping mapping;
  if (const sys::Status status =
          sys::MapSecretDescriptor(descriptor, sys::RoundUpToPages(lifetime->length), &mapping);
      !status.ok()) {
    return Number(env, status);
  }
  sys::Status status;
  {
    const OpenedSecret secret(lifetime);
    status = secret.status();
    if (status.ok()) {
      std::memcpy(secret.data(), mapping.pages, lifetime->length);
    }
  }
  const sys::Status unmapped = sys::Unmap(mapping);
  return Number(env, status.ok() ? unmapped : status);
}

}  // namespace

bool RegisterShare(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {
      {"share", Share},
      {"openShared", OpenShared},
      {"isSharedSealed", IsSharedSealed},
      {"sharedLength", SharedLength},
      {"copyToDescriptor", CopyOutToDescriptor},
      {"secretSize", SecretSize},
      {"copyFromDescriptor", CopyFromDescriptor},
  };
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
