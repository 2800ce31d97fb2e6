// What runs before main: finds OpenSSL in the process and gives it the heap. A process without
// OpenSSL (a shell between `memfd-secret run` and node) gets nothing but the look for one symbol.

#include <dlfcn.h>

#include <cstring>

#include "preload/caller.h"
#include "preload/file_buffers.h"
#include "preload/fork.h"
#include "preload/hooks.h"
#include "preload/message.h"
#include "preload/settings.h"
#include "preload/status.h"
#include "sys/privileges.h"
#include "sys/secretmem_trial.h"

// Weak: glibc before 2.34 has it in libdl, which a program without it need not have loaded; that
// has no OpenSSL either.
extern "C" __attribute__((weak)) void* dlsym(void* __restrict handle,
                                             const char* __restrict name) noexcept;

namespace memfd_secret::preload {
namespace {

constinit Settings settings;
constinit bool active = false;

template <typename Function>
Function Find(const char* name) noexcept {
  return dlsym == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

// OpenSSL since 1.1.0 passes the file to the hooks; its forerunner's hooks have the same name and
// other arguments.
SetMemFunctions FindOpenSsl() noexcept {
  using VersionNumber = unsigned long (*)();
  return Find<VersionNumber>("OpenSSL_version_num") == nullptr
             ? nullptr
             : Find<SetMemFunctions>("CRYPTO_set_mem_functions");
}

std::size_t Allowed(bool ipc_lock) noexcept {
  std::size_t limit = 0;
  if (ipc_lock || !sys::ReadMemlockLimit(&limit).ok()) {
    return settings.ceiling;
  }
  // A quarter is left to the secrets of the application itself: they count towards the same limit.
  const std::size_t share = limit / 4 * 3;
  return share < settings.ceiling ? share : settings.ceiling;
}

// The strongest backing that can be had; no heap at all where there is none.
bool StartHeap() noexcept {
  const sys::Privileges privileges = sys::ReadPrivileges();
  PoolLimits limits;
  limits.ceiling = settings.ceiling;
  limits.allowed = Allowed(privileges.ipc_lock);
  const sys::Trial trial = sys::TrySecretmem(privileges.seccomp_filter);
  sys::Status status = trial.status;
  if (status.ok() && trial.killed_by == 0) {
    status = TheHeap().Start(limits);
    if (status.ok()) {
      return true;
    }
  }
  Message message;
  message.Add("Expected memfd_secret for OpenSSL's keys but received ");
  if (trial.killed_by != 0) {
    message.Add("a kill by the seccomp filter");
  } else {
    message.AddStatus(status);
  }
  if (settings.weakest == sys::Backing::kMemfdSecret) {
    Refuse(message.Add(". MEMFD_SECRET_MIN_BACKING asks for it: not started"));
  }
  limits.backing = sys::Backing::kMlock;
  status = TheHeap().Start(limits);
  if (status.ok()) {
    message.Add(": locked memory (mlock) serves instead").Write();
    return true;
  }
  message.Add(", and for mlock ").AddStatus(status);
  if (settings.weakest == sys::Backing::kMlock) {
    Refuse(message.Add(". MEMFD_SECRET_MIN_BACKING asks for it: not started"));
  }
  message.Add(": OpenSSL's keys are in ordinary memory").Write();
  return false;
}

__attribute__((constructor)) void Start() noexcept {
  const SetMemFunctions set = FindOpenSsl();
  if (set == nullptr) {
    return;
  }
  settings = ReadSettings();
  if (!StartHeap()) {
    return;
  }
  if (!HookOpenSsl(set, settings.scope)) {
    Message message;
    message.Add(
        "Expected OpenSSL to take CRYPTO_set_mem_functions but received a refusal: it has "
        "allocated before");
    if (settings.weakest != sys::Backing::kHeap) {
      Refuse(message.Add(". MEMFD_SECRET_MIN_BACKING is set: not started"));
    }
    message.Add(". Its keys are in ordinary memory").Write();
    return;
  }
  active = true;
  const auto* inside = reinterpret_cast<const void*>(set);
  LoadedObject openssl;
  if (FindObject(inside, &openssl)) {
    FindOpenSslCode(openssl, inside, Find<const void*>("SSL_CTX_new"));
    KeepFileBuffersSecret(openssl.extent);
  }
  if (!settings.children) {
    HideFromChildren();
  }
  // Node.js never goes on after a fork without exec, so there a child needs no copy, and a spawn
  // costs nothing more.
  if (Find<void*>("napi_create_function") == nullptr && !CopyHeapInForks()) {
    Message()
        .Add("no fork handlers in this libc: a forked child that goes on without exec would crash")
        .Write();
  }
}

__attribute__((destructor)) void End() noexcept {
  if (!active || !settings.report) {
    return;
  }
  const HeapStats stats = TheHeap().Stats();
  const Counters counters = ReadCounters();
  Message message;
  message.Add("backing ")
      .Add(TheHeap().pool().backing() == sys::Backing::kMemfdSecret ? "memfd_secret" : "mlock");
  message.Add(", scope ").Add(settings.scope == Scope::kAll ? "all" : "keys");
  message.Add(", peak ").AddNumber(stats.peak_bytes).Add(" of ").AddNumber(stats.capacity_bytes);
  message.Add(" bytes locked, ")
      .AddNumber(stats.allocations)
      .Add(" allocations to secret memory, ");
  message.AddNumber(counters.other_allocations)
      .Add(" elsewhere, ")
      .AddNumber(counters.fallbacks)
      .Add(" fallbacks, connections told by ")
      .Add(CallersAreTold() ? "their calls" : "source files alone");
  message.Write();
}

}  // namespace
}  // namespace memfd_secret::preload

// A C name, found by dlsym.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" __attribute__((visibility("default"))) size_t
memfd_secret_preload_status(MemfdSecretPreloadStatus* out, size_t size) {
  // NOLINTEND(readability-identifier-naming)
  using memfd_secret::preload::active;
  using memfd_secret::preload::settings;
  MemfdSecretPreloadStatus status = {};
  status.active = active ? 1 : 0;
  if (active) {
    memfd_secret::preload::Heap& heap = memfd_secret::preload::TheHeap();
    const memfd_secret::preload::HeapStats stats = heap.Stats();
    const memfd_secret::preload::Counters counters = memfd_secret::preload::ReadCounters();
    status.scope = settings.scope == memfd_secret::preload::Scope::kAll ? 1 : 0;
    status.backing = static_cast<uint32_t>(heap.pool().backing());
    status.bytes_in_use = stats.bytes_in_use;
    status.peak_bytes = stats.peak_bytes;
    status.capacity_bytes = stats.capacity_bytes;
    status.ceiling_bytes = settings.ceiling;
    status.secret_allocations = stats.allocations;
    status.other_allocations = counters.other_allocations;
    status.fallbacks = counters.fallbacks;
  }
  std::memcpy(out, &status, size < sizeof(status) ? size : sizeof(status));
  return sizeof(status);
}
