#include "napi/raw.h"

#include <unistd.h>

#include <cerrno>
#include <new>

#include "napi/values.h"
#include "sys/fork_mark.h"
#include "sys/pages.h"
#include "sys/secret_descriptor.h"

namespace memfd_secret::napi {
namespace {

// A mapping that raw.map made. Held once by the backing store and once by the ArrayBuffer object,
// which in-flight I/O keeps alive after a detach.
struct RawMapping {
  sys::Mapping mapping;
  int holds = 2;
};

void Drop(RawMapping* raw, int holds) noexcept {
  raw->holds -= holds;
  if (raw->holds == 0) {
    if (sys::IsOwner()) {
      static_cast<void>(sys::Unmap(raw->mapping));
    }
    delete raw;
  }
}

void OnStoreGone(napi_env /*env*/, void* /*memory*/, void* hint) noexcept {
  Drop(static_cast<RawMapping*>(hint), 1);
}

void OnObjectGone(napi_env /*env*/, void* data, void* /*hint*/) noexcept {
  Drop(static_cast<RawMapping*>(data), 1);
}

// memfdSecret(flags): a descriptor, or a failure.
napi_value MemfdSecret(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  int descriptor = -1;
  const sys::Status status =
      sys::MemfdSecret(static_cast<unsigned>(ToSize(env, arguments[0])), &descriptor);
  return status.ok() ? Number(env, static_cast<double>(descriptor)) : Number(env, status);
}

sys::Status MapRaw(int descriptor, std::size_t length, sys::Mapping* mapping) noexcept {
  bool secret = false;
  std::size_t size = 0;
  if (const sys::Status status = sys::IsSecretDescriptor(descriptor, &secret, &size);
      !status.ok()) {
    return status;
  }
  const std::size_t whole = sys::RoundUpToPages(length);
  // A page past the end of the file is SIGBUS at the first touch: refused before it is mapped.
  if (!secret || length == 0 || whole == 0 || (size > 0 && whole > sys::RoundUpToPages(size))) {
    return {sys::Call::kMmap, EINVAL};
  }
  // memfd_secret(2) makes an empty file, whose size can be set once.
  if (size == 0 && ftruncate(descriptor, static_cast<off_t>(whole)) != 0) {
    return sys::Failed(sys::Call::kFtruncate);
  }
  if (const sys::Status status = sys::MarkOwner(); !status.ok()) {
    return status;
  }
  return sys::MapSecretDescriptor(descriptor, whole, mapping);
}

// map(descriptor, length): an ArrayBuffer, a failure, or kNoExternalBuffers.
napi_value Map(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const std::size_t length = ToSize(env, arguments[1]);
  auto* raw = new (std::nothrow) RawMapping;
  if (raw == nullptr) {
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  const sys::Status status =
      MapRaw(static_cast<int>(ToDouble(env, arguments[0])), length, &raw->mapping);
  if (!status.ok()) {
    delete raw;
    return Number(env, status);
  }
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, raw->mapping.pages, length, OnStoreGone, raw,
                                       &buffer) != napi_ok) {
    Drop(raw, 2);
    return Number(env, Answer::kNoExternalBuffers);
  }
  if (napi_add_finalizer(env, buffer, raw, OnObjectGone, nullptr, nullptr) != napi_ok) {
    Drop(raw, 1);
    return nullptr;
  }
  return buffer;
}

// unmap(arrayBuffer): lib knows that it is one of map's and still attached.
napi_value UnmapBuffer(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  void* data = nullptr;
  std::size_t length = 0;
  if (napi_get_arraybuffer_info(env, arguments[0], &data, &length) != napi_ok || data == nullptr) {
    return Number(env, sys::Status{sys::Call::kMunmap, EINVAL});
  }
  // I/O in flight keeps the address after the detach: it finds zero pages there until both
  // finalizers have run. The secret pages go now, and unlike a SecretBuffer's they are not wiped:
  // another mapping of the descriptor may live.
  const sys::Status status =
      sys::ReplaceByZeroPages({static_cast<std::byte*>(data), sys::RoundUpToPages(length)});
  if (status.ok()) {
    napi_detach_arraybuffer(env, arguments[0]);
  }
  return Number(env, status);
}

}  // namespace

bool RegisterRaw(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {
      {"memfdSecret", MemfdSecret}, {"map", Map}, {"unmap", UnmapBuffer}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
