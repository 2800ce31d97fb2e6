#include "napi/sources.h"

#include <cstring>

#include "napi/lifetime.h"
#include "sys/descriptor_io.h"
#include "sys/environment_block.h"
#include "sys/terminal.h"

namespace memfd_secret::napi {
namespace {

// The name of a variable: not secret. Longer ones than this are taken for absent.
struct Name {
  char text[4096] = {};

  Name(napi_env env, napi_value value) noexcept {
    std::size_t length = 0;
    if (napi_get_value_string_utf8(env, value, text, sizeof(text), &length) != napi_ok ||
        length >= sizeof(text) - 1) {
      text[0] = '\0';
    }
  }
};

// environmentLength(name): of the value, in bytes; -1 where there is none.
napi_value EnvironmentLength(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Name name(env, arguments[0]);
  const char* value = sys::EnvironmentValue(name.text);
  return Number(env, value == nullptr ? -1 : static_cast<double>(std::strlen(value)));
}

// copyEnvironment(handle, name): fills the secret; an Answer. kPending: the value has another
// length than the secret by now.
napi_value CopyEnvironment(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const Name name(env, arguments[1]);
  const char* value = sys::EnvironmentValue(name.text);
  if (value == nullptr || std::strlen(value) != lifetime->length) {
    return Number(env, Answer::kPending);
  }
  const OpenedSecret opened(lifetime);
  if (opened.status().ok()) {
    std::memcpy(opened.data(), value, lifetime->length);
  }
  return Number(env, opened.status());
}

// wipeEnvironment(name): 0, or a failure where the block could not be found.
napi_value WipeEnvironment(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Name name(env, arguments[0]);
  return Number(env, sys::WipeEnvironmentValue(name.text));
}

// isReadable(descriptor): a boolean, or a failure.
napi_value IsReadable(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  bool ready = false;
  const sys::Status status = sys::IsReadable(static_cast<int>(ToDouble(env, arguments[0])), &ready);
  return status.ok() ? Boolean(env, ready) : Number(env, status);
}

// writeTo(handle, descriptor): 0, an Answer, or a failure.
napi_value WriteTo(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const auto descriptor = static_cast<int>(ToDouble(env, arguments[1]));
  if (!lifetime->sealed()) {
    const OpenedSecret opened(lifetime);
    return Number(env, sys::WriteAll(descriptor, opened.data(), lifetime->length));
  }
  // A reader that is slow must not keep the seal open: what is written is the copy of a use.
  if (const sys::Status status = lifetime->StartUse(); !status.ok()) {
    return Number(env, status);
  }
  const sys::Status written = sys::WriteAll(
      descriptor, arena::OpenBytes(*lifetime->copy, lifetime->length), lifetime->length);
  const double ended = lifetime->EndUse();
  return Number(env, written.ok() ? ended : FailureOf(written));
}

void OnEnd(void* /*data*/) noexcept { sys::RestoreTerminal(true); }

// silenceTerminal(descriptor): 0, or a failure.
napi_value SilenceTerminal(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const sys::Status status = sys::SilenceTerminal(static_cast<int>(ToDouble(env, arguments[0])));
  if (status.ok()) {
    // A worker that is terminated at the prompt runs no JavaScript any more.
    napi_add_env_cleanup_hook(env, OnEnd, arguments.environment);
  }
  return Number(env, status);
}

napi_value KeepTerminalSilent(napi_env /*env*/, napi_callback_info /*info*/) noexcept {
  sys::KeepTerminalSilent();
  return nullptr;
}

// restoreTerminal(discardInput)
napi_value RestoreTerminal(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  sys::RestoreTerminal(ToBool(env, arguments[0]));
  napi_remove_env_cleanup_hook(env, OnEnd, arguments.environment);
  return nullptr;
}

napi_value IsTerminal(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  return Boolean(env, sys::IsTerminal(static_cast<int>(ToDouble(env, arguments[0]))));
}

}  // namespace

bool RegisterSources(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"environmentLength", EnvironmentLength},
                                            {"copyEnvironment", CopyEnvironment},
                                            {"wipeEnvironment", WipeEnvironment},
                                            {"isReadable", IsReadable},
                                            {"writeTo", WriteTo},
                                            {"silenceTerminal", SilenceTerminal},
                                            {"keepTerminalSilent", KeepTerminalSilent},
                                            {"restoreTerminal", RestoreTerminal},
                                            {"isTerminal", IsTerminal}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
