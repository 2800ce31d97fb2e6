#include "napi/values.h"

namespace memfd_secret::napi {

napi_value Number(napi_env env, double value) noexcept {
  napi_value result = nullptr;
  return napi_create_double(env, value, &result) == napi_ok ? result : nullptr;
}

napi_value Number(napi_env env, Answer answer) noexcept { return Number(env, NumberOf(answer)); }

napi_value Number(napi_env env, sys::Status status) noexcept {
  return Number(env, status.ok() ? 0.0 : FailureOf(status));
}

napi_value Boolean(napi_env env, bool value) noexcept {
  napi_value result = nullptr;
  return napi_get_boolean(env, value, &result) == napi_ok ? result : nullptr;
}

double ToDouble(napi_env env, napi_value value) noexcept {
  double number = 0;
  return napi_get_value_double(env, value, &number) == napi_ok ? number : 0;
}

std::size_t ToSize(napi_env env, napi_value value) noexcept {
  const double number = ToDouble(env, value);
  return number > 0 && number < 9007199254740992.0 ? static_cast<std::size_t>(number) : 0;
}

bool ToBool(napi_env env, napi_value value) noexcept {
  bool result = false;
  return napi_get_value_bool(env, value, &result) == napi_ok && result;
}

Span ToSpan(napi_env env, napi_value value) noexcept {
  napi_typedarray_type type{};
  void* data = nullptr;
  std::size_t length = 0;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array || data == nullptr) {
    return {};
  }
  return {static_cast<unsigned char*>(data), length};
}

Arguments::Arguments(napi_env env, napi_callback_info info) noexcept {
  std::size_t count = kMostArguments;
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, values, nullptr, &data) == napi_ok) {
    environment = static_cast<Environment*>(data);
  }
}

bool Export(napi_env env, napi_value exports, Environment* environment, const Function* functions,
            std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const napi_property_descriptor property = {functions[i].name, nullptr,    functions[i].callback,
                                               nullptr,           nullptr,    nullptr,
                                               napi_default,      environment};
    if (napi_define_properties(env, exports, 1, &property) != napi_ok) {
      return false;
    }
  }
  return true;
}

}  // namespace memfd_secret::napi
