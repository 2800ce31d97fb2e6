#pragma once

#include <node_api.h>

#include <cstdint>

#include "arena/slot.h"
#include "napi/environment.h"
#include "napi/values.h"

namespace memfd_secret::napi {

// A use() whose callback runs: a frame of the native stack.
struct RunningUse {
  napi_value view = nullptr;
  bool ended = false;
  RunningUse* outer = nullptr;
};

// One secret as lib holds it: an External points here.
struct Lifetime {
  Environment* environment = nullptr;  // null once the environment has ended
  arena::Slot* slot = nullptr;         // null once the secret is over
  std::size_t length = 0;
  std::uint32_t uses = 0;
  bool disposing = false;
  RunningUse* running = nullptr;  // innermost
  Lifetime* next = nullptr;
  Lifetime* previous = nullptr;

  // Wipes and gives up the slot now, whatever uses are open. kCorrupted where native code wrote
  // past the end.
  Answer End() noexcept;

  // Wipes now, or once the last use has ended.
  Answer Dispose() noexcept;
  Answer EndUse() noexcept;

  [[nodiscard]] bool refuses() const noexcept { return slot == nullptr || disposing; }
};

// The Lifetime of a handle, for reading or writing; null where it is disposed or no handle. Every
// function that takes a handle enters by one of these two, and so detaches what a termination left.
[[nodiscard]] Lifetime* ToLifetime(napi_env env, const Arguments& arguments,
                                   std::size_t index) noexcept;
[[nodiscard]] Lifetime* ToOpenLifetime(napi_env env, const Arguments& arguments,
                                       std::size_t index) noexcept;

// An ArrayBuffer of exactly the secret's bytes. Null: the runtime refuses external buffers, or is
// ending.
[[nodiscard]] napi_value MakeView(napi_env env, arena::Slot* slot) noexcept;

// The handle of a slot that environment's arena has given out, or a failure; the slot is then over.
[[nodiscard]] napi_value AdoptSlot(napi_env env, Environment* environment,
                                   arena::Slot* slot) noexcept;

[[nodiscard]] bool RegisterLifetime(napi_env env, napi_value exports,
                                    Environment* environment) noexcept;

}  // namespace memfd_secret::napi
