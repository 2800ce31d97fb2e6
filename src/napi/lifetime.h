#pragma once

#include <node_api.h>

#include <cstdint>

#include "arena/open_copy.h"
#include "arena/opened_slot.h"
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
  sys::Backing backing = sys::Backing::kHeap;
  // Of a sealed secret that is in use: what the views look at, and every other function too, so
  // that all see the same bytes. The slot itself stays closed.
  arena::Slot* copy = nullptr;
  std::uint32_t uses = 0;
  bool disposing = false;
  RunningUse* running = nullptr;  // innermost
  Lifetime* next = nullptr;
  Lifetime* previous = nullptr;

  // Each answers an Answer (kCorrupted where native code wrote past the end) or a failure, as
  // napi/values.h has them.
  // Wipes and gives up the slot now, whatever uses are open.
  double End() noexcept;
  // Wipes now, or once the last use has ended.
  double Dispose() noexcept;
  // Makes the copy that a use of a sealed secret looks at, where there is none yet.
  sys::Status StartUse() noexcept;
  double EndUse() noexcept;

  [[nodiscard]] bool refuses() const noexcept { return slot == nullptr || disposing; }
  [[nodiscard]] bool sealed() const noexcept { return slot != nullptr && IsSealed(*slot); }
  [[nodiscard]] arena::Arena& arena() const noexcept;

  [[nodiscard]] static bool IsSealed(const arena::Slot& slot) noexcept;

 private:
  double EndCopy(bool write_back) noexcept;
};

// The bytes of a live secret, for native code alone: to the end of the scope, in which no
// JavaScript runs and the secret is not ended.
class OpenedSecret {
 public:
  explicit OpenedSecret(const Lifetime* lifetime) noexcept
      : opened_(lifetime->copy == nullptr ? lifetime->slot : lifetime->copy),
        data_(lifetime->copy == nullptr ? lifetime->slot->data
                                        : arena::OpenBytes(*lifetime->copy, lifetime->length)) {}

  // Where this is no success, nothing may touch data().
  [[nodiscard]] sys::Status status() const noexcept { return opened_.status(); }
  [[nodiscard]] std::byte* data() const noexcept { return data_; }

 private:
  arena::OpenedSlot opened_;
  std::byte* data_;
};

// The Lifetime of a handle, for reading or writing; null where it is disposed or no handle. Every
// function that takes a handle enters by one of these two, and so detaches what a termination left.
[[nodiscard]] Lifetime* ToLifetime(napi_env env, const Arguments& arguments,
                                   std::size_t index) noexcept;
[[nodiscard]] Lifetime* ToOpenLifetime(napi_env env, const Arguments& arguments,
                                       std::size_t index) noexcept;

// An ArrayBuffer of exactly the secret's bytes, or of a sealed one's copy. Null: the runtime
// refuses external buffers, or is ending.
[[nodiscard]] napi_value MakeView(napi_env env, const Lifetime* lifetime) noexcept;

// The handle of a slot that one of environment's arenas has given out, or a failure; the slot is
// then over.
[[nodiscard]] napi_value AdoptSlot(napi_env env, Environment* environment, sys::Backing backing,
                                   arena::Slot* slot) noexcept;

[[nodiscard]] bool RegisterLifetime(napi_env env, napi_value exports,
                                    Environment* environment) noexcept;

}  // namespace memfd_secret::napi
