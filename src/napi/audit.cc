#include "napi/audit.h"

#include <cerrno>
#include <new>

#include "audit/scan.h"
#include "napi/lifetime.h"
#include "sys/process_memory.h"

namespace memfd_secret::napi {
namespace {

// A search as lib holds it: an External points here. Everything but the search itself happens on
// the thread of JavaScript. It needs nothing of the secret, nor of the environment's arena: both
// may end while it runs.
struct Audit {
  audit::Scan scan;
  int process = 0;
  audit::Range* ranges = nullptr;
  std::size_t range_count = 0;
  sys::Status status;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  bool running = false;
  bool handle_gone = false;
  bool environment_ends = false;

  ~Audit() { delete[] ranges; }
};

constexpr std::size_t kWordsOfRange = 3;
constexpr std::size_t kWordsOfHit = 2;

struct Words {
  std::uint64_t* data = nullptr;
  std::size_t count = 0;
};

// The elements of a BigUint64Array; empty for anything else.
Words ToWords(napi_env env, napi_value value) noexcept {
  napi_typedarray_type type{};
  void* data = nullptr;
  std::size_t count = 0;
  if (napi_get_typedarray_info(env, value, &type, &count, &data, nullptr, nullptr) != napi_ok ||
      type != napi_biguint64_array || data == nullptr) {
    return {};
  }
  return {static_cast<std::uint64_t*>(data), count};
}

Audit* ToAudit(napi_env env, napi_value value) noexcept {
  void* data = nullptr;
  return napi_get_value_external(env, value, &data) == napi_ok ? static_cast<Audit*>(data)
                                                               : nullptr;
}

void OnHandleGone(napi_env /*env*/, void* data, void* /*hint*/) noexcept {
  auto* self = static_cast<Audit*>(data);
  if (self->running) {
    self->handle_gone = true;
    self->scan.Cancel();
  } else {
    delete self;
  }
}

// Node lets a worker that is terminated end only when its work has, and runs hooks after that; in a
// runtime that does not wait, the search ends here and answers nobody.
void OnEnd(void* data) noexcept {
  auto* self = static_cast<Audit*>(data);
  self->environment_ends = true;
  self->scan.Cancel();
}

void Execute(napi_env /*env*/, void* data) noexcept {
  auto* self = static_cast<Audit*>(data);
  self->status = self->scan.Run(self->process, self->ranges, self->range_count);
}

void Complete(napi_env env, napi_status status, void* data) noexcept {
  auto* self = static_cast<Audit*>(data);
  self->scan.Release();
  if (status == napi_cancelled) {
    self->status = {sys::Call::kProcessVmReadv, ECANCELED};
  }
  napi_delete_async_work(env, self->work);
  self->running = false;
  // Once the hook has run there is nobody to answer.
  napi_value answer = nullptr;
  if (!self->environment_ends) {
    napi_remove_env_cleanup_hook(env, OnEnd, self);
    answer = Number(env, self->status);
  }
  napi_deferred deferred = self->deferred;
  if (self->handle_gone) {
    delete self;
  }
  if (answer != nullptr) {
    napi_resolve_deferred(env, deferred, answer);
  }
}

// auditSize(byteLength): bytes of secret memory that an audit for a secret of this length takes.
napi_value AuditSize(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  return Number(env, static_cast<double>(audit::Scan::BytesNeeded(ToSize(env, arguments[0]))));
}

// prepareAudit(handle, strength, encodings): a handle of an audit, an Answer, or a failure.
napi_value PrepareAudit(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const auto encodings = static_cast<unsigned>(ToSize(env, arguments[2]));
  if (lifetime->length < audit::kShortestSought || encodings == 0) {
    return Number(env, sys::Status{sys::Call::kProcessVmReadv, EINVAL});
  }
  auto* self = new (std::nothrow) Audit;
  if (self == nullptr) {
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  const auto backing = static_cast<sys::Backing>(ToSize(env, arguments[1]));
  sys::Status status;
  {
    const OpenedSecret opened(lifetime);
    status = opened.status();
    if (status.ok()) {
      status = self->scan.Prepare(backing, opened.data(), lifetime->length, encodings);
    }
  }
  napi_value handle = nullptr;
  if (!status.ok() || napi_create_external(env, self, OnHandleGone, nullptr, &handle) != napi_ok) {
    delete self;
    return Number(env, status.ok() ? sys::Status{sys::Call::kMmap, ENOMEM} : status);
  }
  return handle;
}

bool CopyRanges(Audit* self, Words words) noexcept {
  self->range_count = words.count / kWordsOfRange;
  self->ranges = new (std::nothrow) audit::Range[self->range_count];
  if (self->ranges == nullptr) {
    return false;
  }
  for (std::size_t i = 0; i < self->range_count; ++i) {
    const std::uint64_t* from = words.data + i * kWordsOfRange;
    self->ranges[i] = {from[0], from[1], from[2] != 0};
  }
  return true;
}

// runAudit(audit, process, ranges): a promise of 0 or a failure, ECANCELED after cancelAudit. Once
// for each audit. process: 0 is this one. ranges: a BigUint64Array of begin, end, and 1 where
// anonymous. The caller keeps the handle until it is settled.
napi_value RunAudit(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Audit* self = ToAudit(env, arguments[0]);
  const auto process = static_cast<int>(ToSize(env, arguments[1]));
  if (self == nullptr || self->work != nullptr || self->running ||
      !CopyRanges(self, ToWords(env, arguments[2]))) {
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  self->process = process == 0 ? sys::OwnProcess() : process;
  napi_value name = nullptr;
  napi_value promise = nullptr;
  if (napi_create_string_utf8(env, "memfd-secret audit", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_promise(env, &self->deferred, &promise) != napi_ok ||
      napi_create_async_work(env, nullptr, name, Execute, Complete, self, &self->work) != napi_ok) {
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  if (napi_add_env_cleanup_hook(env, OnEnd, self) != napi_ok) {
    napi_delete_async_work(env, self->work);
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  if (napi_queue_async_work(env, self->work) != napi_ok) {
    napi_remove_env_cleanup_hook(env, OnEnd, self);
    napi_delete_async_work(env, self->work);
    return Number(env, sys::Status{sys::Call::kMmap, ENOMEM});
  }
  self->running = true;
  return promise;
}

// cancelAudit(audit): the promise settles soon, unless its end was on the way.
napi_value CancelAudit(napi_env env, napi_callback_info info) noexcept {
  Audit* self = ToAudit(env, Arguments(env, info)[0]);
  if (self != nullptr && self->running) {
    self->scan.Cancel();
    // Refused where it runs already, and then it looks at the flag.
    napi_cancel_async_work(env, self->work);
  }
  return nullptr;
}

// auditedBytes(audit): read so far.
napi_value AuditedBytes(napi_env env, napi_callback_info info) noexcept {
  const Audit* self = ToAudit(env, Arguments(env, info)[0]);
  return Number(env, self == nullptr ? 0.0 : static_cast<double>(self->scan.read()));
}

// readHits(audit, target): fills a BigUint64Array with an address and range << 16 | form << 8 |
// owner for each copy that was found; answers how many. Once the promise is settled.
napi_value ReadHits(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Audit* self = ToAudit(env, arguments[0]);
  const Words target = ToWords(env, arguments[1]);
  if (self == nullptr || self->running) {
    return Number(env, 0.0);
  }
  std::size_t count = 0;
  for (; count < self->scan.hit_count() && (count + 1) * kWordsOfHit <= target.count; ++count) {
    const audit::Hit& hit = self->scan.hits()[count];
    target.data[count * kWordsOfHit] = hit.address;
    target.data[count * kWordsOfHit + 1] = std::uint64_t{hit.range} << 16U |
                                           static_cast<std::uint64_t>(hit.form) << 8U |
                                           static_cast<std::uint64_t>(hit.owner);
  }
  return Number(env, static_cast<double>(count));
}

}  // namespace

bool RegisterAudit(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {
      {"auditSize", AuditSize},     {"prepareAudit", PrepareAudit}, {"runAudit", RunAudit},
      {"cancelAudit", CancelAudit}, {"auditedBytes", AuditedBytes}, {"readHits", ReadHits}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
