// What JavaScript in the victim cannot do itself:
//   pageSize: number
//   addressOf(bytes): bigint
//   sharedMemory(length): ArrayBuffer
//   oDirect, vmsplice, ioUringRegisteredBuffer, userfaultfdMove, forkedChild:
//     (ranges: BigUint64Array of starts and ends, path: string) => attempt
#include <node_api.h>

#include <cerrno>
#include <string>

#include "attempt.h"
#include "shared_memory.h"

namespace memfd_secret::inside {
namespace {

constexpr size_t kMostArguments = 2;
constexpr size_t kLongestPath = 4096;

struct Arguments {
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = kMostArguments;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
  }
  napi_value values[kMostArguments] = {};
  void* data = nullptr;
};

napi_value Throw(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

napi_value AddressOf(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_buffer_info(env, Arguments(env, info).values[0], &data, &length) != napi_ok) {
    return Throw(env, "Expected a Buffer");
  }
  napi_value result = nullptr;
  napi_create_bigint_uint64(env, reinterpret_cast<uint64_t>(data), &result);
  return result;
}

napi_value SharedMemory(napi_env env, napi_callback_info info) {
  uint32_t length = 0;
  napi_get_value_uint32(env, Arguments(env, info).values[0], &length);
  void* memory = MapSharedMemory(length);
  if (memory == nullptr) return Throw(env, "memfd_create or mmap failed");
  napi_value result = nullptr;
  // Mapped until the process ends.
  napi_create_external_arraybuffer(env, memory, length, nullptr, nullptr, &result);
  return result;
}

bool ReadRanges(napi_env env, napi_value value, std::vector<Pages>* ranges) {
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || type != napi_biguint64_array || length % 2 != 0) return false;
  const uint64_t* numbers = static_cast<const uint64_t*>(data);
  for (size_t i = 0; i < length; i += 2) ranges->push_back({numbers[i], numbers[i + 1]});
  return true;
}

void SetNumber(napi_env env, napi_value object, const char* name, uint64_t number) {
  napi_value value = nullptr;
  napi_create_int64(env, static_cast<int64_t>(number), &value);
  napi_set_named_property(env, object, name, value);
}

napi_value ToObject(napi_env env, const Attempt& attempt) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  napi_value what = nullptr;
  if (attempt.impossible == nullptr) {
    napi_get_null(env, &what);
  } else {
    napi_create_string_utf8(env, attempt.impossible, NAPI_AUTO_LENGTH, &what);
  }
  napi_set_named_property(env, object, "impossible", what);
  SetNumber(env, object, "errno", static_cast<uint64_t>(attempt.error));
  SetNumber(env, object, "tried", attempt.tried);
  SetNumber(env, object, "refused", attempt.refused);
  SetNumber(env, object, "refusal", static_cast<uint64_t>(attempt.refusal));
  SetNumber(env, object, "bytes", attempt.bytes);
  return object;
}

napi_value Run(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  std::vector<Pages> ranges;
  if (!ReadRanges(env, arguments.values[0], &ranges)) return Throw(env, "Expected ranges");
  std::string path(kLongestPath, '\0');
  size_t length = 0;
  if (napi_get_value_string_utf8(env, arguments.values[1], path.data(), path.size(), &length) !=
      napi_ok) {
    return Throw(env, "Expected a path");
  }
  Attempt attempt;
  reinterpret_cast<Attack>(arguments.data)(ranges, path.c_str(), &attempt);
  return ToObject(env, attempt);
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback callback,
            Attack attack = nullptr) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, reinterpret_cast<void*>(attack),
                       &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace
}  // namespace memfd_secret::inside

NAPI_MODULE_INIT() {
  using namespace memfd_secret::inside;  // NOLINT(google-build-using-namespace)
  SetNumber(env, exports, "pageSize", PageSize());
  Export(env, exports, "addressOf", AddressOf);
  Export(env, exports, "sharedMemory", SharedMemory);
  Export(env, exports, "oDirect", Run, WriteDirect);
  Export(env, exports, "vmsplice", Run, SpliceIntoPipe);
  Export(env, exports, "ioUringRegisteredBuffer", Run, WriteRegistered);
  Export(env, exports, "userfaultfdMove", Run, MoveByUserfaultfd);
  Export(env, exports, "forkedChild", Run, WriteFromChild);
  return exports;
}
