#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>

#include "sys/status.h"

// Plain Node-API in place of node-addon-api's wrappers: those abort the process where a call fails
// because a worker is being terminated (ToBoolean, Object::Set and Function::New throw, and with
// C++ exceptions off a throw is fatal).
namespace memfd_secret::napi {

// How a function tells lib that it did not do what was asked: numbers below 0 are a system call and
// an errno, as lib/failures.ts decodes them. Nothing here throws; lib makes the error, its message
// and its hint.
[[nodiscard]] constexpr double FailureOf(sys::Status status) noexcept {
  return -(static_cast<double>(status.call) * 4096 + status.error);
}

// Answers that are neither a success nor a failed system call.
enum class Answer : std::uint8_t {
  kDone = 0,
  kDisposed = 1,
  kCorrupted = 2,
  kPending = 3,
  kNoExternalBuffers = 4
};

[[nodiscard]] constexpr double NumberOf(Answer answer) noexcept {
  return static_cast<double>(answer);
}

[[nodiscard]] napi_value Number(napi_env env, double value) noexcept;
[[nodiscard]] napi_value Number(napi_env env, Answer answer) noexcept;
[[nodiscard]] napi_value Number(napi_env env, sys::Status status) noexcept;
[[nodiscard]] napi_value Boolean(napi_env env, bool value) noexcept;

// lib has checked the types; what does not fit nevertheless gives 0, which no caller takes for
// valid.
[[nodiscard]] double ToDouble(napi_env env, napi_value value) noexcept;
[[nodiscard]] std::size_t ToSize(napi_env env, napi_value value) noexcept;
[[nodiscard]] bool ToBool(napi_env env, napi_value value) noexcept;

struct Span {
  unsigned char* data = nullptr;
  std::size_t length = 0;
};

// The bytes of a Uint8Array; empty for anything else.
[[nodiscard]] Span ToSpan(napi_env env, napi_value value) noexcept;

inline constexpr std::size_t kMostArguments = 6;

class Environment;

// A call from lib: arguments that were left out are undefined.
struct Arguments {
  Arguments(napi_env env, napi_callback_info info) noexcept;
  napi_value values[kMostArguments] = {};
  Environment* environment = nullptr;

  [[nodiscard]] napi_value operator[](std::size_t index) const noexcept { return values[index]; }
};

struct Function {
  const char* name;
  napi_callback callback;
};

// Defines each function on exports with the environment as its data. False where the environment is
// ending.
[[nodiscard]] bool Export(napi_env env, napi_value exports, Environment* environment,
                          const Function* functions, std::size_t count) noexcept;

template <std::size_t kCount>
[[nodiscard]] bool Export(napi_env env, napi_value exports, Environment* environment,
                          const Function (&functions)[kCount]) noexcept {
  return Export(env, exports, environment, functions, kCount);
}

}  // namespace memfd_secret::napi
