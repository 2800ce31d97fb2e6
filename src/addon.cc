#include <napi.h>

#include "napi/audit.h"
#include "napi/contents.h"
#include "napi/detection.h"
#include "napi/environment.h"
#include "napi/handover.h"
#include "napi/hardening.h"
#include "napi/lifetime.h"
#include "napi/preload.h"
#include "napi/process.h"
#include "napi/raw.h"
#include "napi/share.h"
#include "napi/sources.h"
#include "napi/text.h"
#include "napi/use.h"
#include "napi/values.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  namespace napi = memfd_secret::napi;
  napi::Environment* environment = napi::Environment::Make(env);
  if (environment != nullptr) {
    // An environment that is ending refuses to define a function; lib then finds it missing and
    // says that the addon cannot load.
    static_cast<void>(napi::RegisterLifetime(env, exports, environment) &&
                      napi::RegisterUse(env, exports, environment) &&
                      napi::RegisterContents(env, exports, environment) &&
                      napi::RegisterText(env, exports, environment) &&
                      napi::RegisterProcess(env, exports, environment) &&
                      napi::RegisterDetection(env, exports, environment) &&
                      napi::RegisterHardening(env, exports, environment) &&
                      napi::RegisterPreload(env, exports, environment) &&
                      napi::RegisterSources(env, exports, environment) &&
                      napi::RegisterShare(env, exports, environment) &&
                      napi::RegisterHandover(env, exports, environment) &&
                      napi::RegisterAudit(env, exports, environment) &&
                      napi::RegisterRaw(env, exports, environment));
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(memfd_secret, Init)
