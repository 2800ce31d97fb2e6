#include "napi/preload.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>

#include "napi/values.h"
#include "preload/status.h"
#include "sys/replace_process.h"

namespace memfd_secret::napi {
namespace {

// readPreloadStatus(target): fills target in the order of STATUS_FIELDS in lib/preload/status.ts;
// false where the library is not in this process.
napi_value ReadPreloadStatus(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  void* found = dlsym(RTLD_DEFAULT, MEMFD_SECRET_PRELOAD_STATUS_SYMBOL);
  if (found == nullptr) {
    return Boolean(env, false);
  }
  // A library of another version of the package may know fewer fields.
  MemfdSecretPreloadStatus status = {};
  const std::size_t size =
      reinterpret_cast<MemfdSecretPreloadStatusFunction>(found)(&status, sizeof(status));
  const double fields[] = {static_cast<double>(status.active),
                           static_cast<double>(status.scope),
                           static_cast<double>(status.backing),
                           static_cast<double>(status.bytes_in_use),
                           static_cast<double>(status.peak_bytes),
                           static_cast<double>(status.capacity_bytes),
                           static_cast<double>(status.secret_allocations),
                           static_cast<double>(status.other_allocations),
                           static_cast<double>(status.fallbacks)};
  void* data = nullptr;
  std::size_t length = 0;
  napi_typedarray_type type = napi_uint8_array;
  if (size < sizeof(status) ||
      napi_get_typedarray_info(env, arguments[0], &type, &length, &data, nullptr, nullptr) !=
          napi_ok ||
      type != napi_float64_array) {
    return Boolean(env, false);
  }
  auto* target = static_cast<double*>(data);
  for (std::size_t i = 0; i < length && i < sizeof(fields) / sizeof(fields[0]); ++i) {
    target[i] = fields[i];
  }
  return Boolean(env, true);
}

// The strings of a block, each ended by a 0 byte, as execve wants them. Null where memory is
// exhausted.
char** Strings(Span block) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < block.length; ++i) {
    count += block.data[i] == 0 ? 1 : 0;
  }
  auto** strings = static_cast<char**>(std::calloc(count + 1, sizeof(char*)));
  if (strings == nullptr) {
    return nullptr;
  }
  std::size_t start = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < block.length; ++i) {
    if (block.data[i] == 0) {
      strings[next++] = reinterpret_cast<char*>(block.data + start);
      start = i + 1;
    }
  }
  return strings;
}

bool EndsWithZero(Span block) noexcept {
  return block.length > 0 && block.data[block.length - 1] == 0;
}

// replaceProcess(file, arguments, environment, kept): blocks of strings that each end with a 0
// byte, and descriptors, a byte each. Returns only a failure.
napi_value ReplaceProcess(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Span file = ToSpan(env, arguments[0]);
  const Span kept = ToSpan(env, arguments[3]);
  char** list = Strings(ToSpan(env, arguments[1]));
  char** environment = Strings(ToSpan(env, arguments[2]));
  sys::Status status{sys::Call::kExecve, ENOMEM};
  if (!EndsWithZero(file)) {
    status.error = EINVAL;
  } else if (list != nullptr && environment != nullptr) {
    status = sys::ReplaceProcess(reinterpret_cast<const char*>(file.data), list, environment,
                                 kept.data, kept.length);
  }
  std::free(list);
  std::free(environment);
  return Number(env, status);
}

// hasFileCapabilities(file): a path that ends with a 0 byte. A boolean, or a failure.
napi_value HasFileCapabilities(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Span file = ToSpan(env, arguments[0]);
  if (!EndsWithZero(file)) {
    return Number(env, sys::Status{sys::Call::kGetxattr, EINVAL});
  }
  bool has = false;
  const sys::Status status =
      sys::HasFileCapabilities(reinterpret_cast<const char*>(file.data), &has);
  return status.ok() ? Boolean(env, has) : Number(env, status);
}

}  // namespace

bool RegisterPreload(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"readPreloadStatus", ReadPreloadStatus},
                                            {"replaceProcess", ReplaceProcess},
                                            {"hasFileCapabilities", HasFileCapabilities}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
