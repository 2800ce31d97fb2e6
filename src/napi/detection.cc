#include "napi/detection.h"

#include "napi/values.h"
#include "sys/accounting.h"
#include "sys/mlock_trial.h"

namespace memfd_secret::napi {
namespace {

// tryMlock(inChild): 0, a failure, or the number of the signal that a filter kills with.
napi_value TryMlock(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const sys::Trial trial = sys::TryMlock(ToBool(env, arguments[0]));
  return trial.killed_by != 0 ? Number(env, static_cast<double>(trial.killed_by))
                              : Number(env, trial.status);
}

// findAccounting(inChild): a sys::Accounting.
napi_value FindAccounting(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  return Number(env, static_cast<double>(sys::FindAccounting(ToBool(env, arguments[0]))));
}

}  // namespace

bool RegisterDetection(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"tryMlock", TryMlock},
                                            {"findAccounting", FindAccounting}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
