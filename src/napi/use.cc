#include "napi/use.h"

#include "napi/lifetime.h"

namespace memfd_secret::napi {
namespace {

// use(handle, run): calls run(arrayBuffer), which ends the use by endUse in a finally block of its
// own, or leaves it open for a promise. Answers what run answered, or an Answer.
//
// A termination (a vm timeout, worker.terminate) skips that block. It shows in a call that failed
// before endUse was called for its view; asking V8 (napi_run_script, clearing the exception) would
// swallow the vm's timeout on Node 22 to 26, and detaching now would abort Node 20. So: wipe, leave
// the exception pending, and detach at the next entry.
napi_value Use(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  Environment* environment = lifetime->environment;
  if (const sys::Status status = lifetime->StartUse(); !status.ok()) {
    environment->PressCollector(env);
    return Number(env, status);
  }
  napi_value view = MakeView(env, lifetime);
  if (view == nullptr) {
    static_cast<void>(lifetime->EndUse());
    return Number(env, Answer::kNoExternalBuffers);
  }
  // This frame holds the memory of the view: destroy() inside run must not give it to another
  // secret under it.
  arena::Slot* slot = lifetime->copy == nullptr ? lifetime->slot : lifetime->copy;
  arena::Arena::Hold(slot, 1);
  RunningUse use{view, false, lifetime->running};
  lifetime->running = &use;
  napi_value undefined = nullptr;
  napi_value result = nullptr;
  napi_get_undefined(env, &undefined);
  const napi_status called = napi_call_function(env, undefined, arguments[1], 1, &view, &result);
  lifetime->running = use.outer;
  if (called != napi_ok && !use.ended) {
    static_cast<void>(lifetime->End());
    --lifetime->uses;
    environment->Abandon(env, view);
  }
  environment->arena().Drop(slot, 1);
  return called == napi_ok ? result : nullptr;
}

// endUse(handle, arrayBuffer, detach): detaches where asked, and wipes where a disposal waited for
// this use. Once for each use.
napi_value EndUse(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToLifetime(env, arguments, 0);
  for (RunningUse* use = lifetime == nullptr ? nullptr : lifetime->running; use != nullptr;
       use = use->outer) {
    bool same = false;
    use->ended |= napi_strict_equals(env, use->view, arguments[1], &same) == napi_ok && same;
  }
  if (ToBool(env, arguments[2])) {
    napi_detach_arraybuffer(env, arguments[1]);
  }
  const double answer = lifetime == nullptr ? NumberOf(Answer::kDone) : lifetime->EndUse();
  arguments.environment->PressCollector(env);
  return Number(env, answer);
}

}  // namespace

bool RegisterUse(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"use", Use}, {"endUse", EndUse}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
