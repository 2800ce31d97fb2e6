#pragma once

#include <node_api.h>

#include "napi/environment.h"

namespace memfd_secret::napi {

[[nodiscard]] bool RegisterSources(napi_env env, napi_value exports,
                                   Environment* environment) noexcept;

}  // namespace memfd_secret::napi
