#include "napi/detection.h"

#include "napi/values.h"
#include "sys/accounting.h"
#include "sys/mlock_trial.h"
#include "sys/seal.h"

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

// trySealing(inChild), chooseSealing(inChild): a sys::Sealing. The choice is the process's, and
// stands.
napi_value TrySealing(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  return Number(env, static_cast<double>(sys::TrySealing(ToBool(env, arguments[0]))));
}

napi_value ChooseSealing(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  return Number(env, static_cast<double>(sys::ChooseSealing(ToBool(env, arguments[0]))));
}

}  // namespace

bool RegisterDetection(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"tryMlock", TryMlock},
                                            {"findAccounting", FindAccounting},
                                            {"trySealing", TrySealing},
                                            {"chooseSealing", ChooseSealing}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
