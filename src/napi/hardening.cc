#include "napi/hardening.h"

#include "napi/values.h"
#include "sys/hardening.h"

namespace memfd_secret::napi {
namespace {

napi_value ForbidCoreDumps(napi_env env, napi_callback_info /*info*/) noexcept {
  return Number(env, sys::ForbidCoreDumps());
}

napi_value ForbidTracing(napi_env env, napi_callback_info /*info*/) noexcept {
  return Number(env, sys::ForbidTracing());
}

napi_value IgnoreInspectorSignal(napi_env env, napi_callback_info /*info*/) noexcept {
  return Number(env, sys::IgnoreInspectorSignal());
}

napi_value IsDumpable(napi_env env, napi_callback_info /*info*/) noexcept {
  return Boolean(env, sys::IsDumpable());
}

}  // namespace

bool RegisterHardening(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"forbidCoreDumps", ForbidCoreDumps},
                                            {"forbidTracing", ForbidTracing},
                                            {"ignoreInspectorSignal", IgnoreInspectorSignal},
                                            {"isDumpable", IsDumpable}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
