#pragma once

#include <node_api.h>

#include <cstddef>

#include "arena/arena.h"

namespace memfd_secret::napi {

struct Lifetime;

// What one environment (the main thread or a worker) holds. Shared with no other: they never wait
// for each other.
class Environment {
 public:
  // Null where memory is exhausted or the environment is ending.
  [[nodiscard]] static Environment* Make(napi_env env) noexcept;

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] arena::Arena& arena() noexcept { return arena_; }
  // Of the secrets that rest closed. Made with the first of them; null where memory is exhausted.
  // No view ever points into it.
  [[nodiscard]] arena::Arena* sealed_arena() noexcept;
  // Of both.
  [[nodiscard]] arena::ArenaStats arena_stats() const noexcept;

  // Takes bytes for good, what is reserved already counted. sealed: one half is for the secrets at
  // rest, an earlier reserve included as far as nothing is in it; the other for the copies that
  // uses open.
  sys::Status Reserve(sys::Backing backing, std::size_t bytes, bool sealed) noexcept;

  // After a failure: whether another attempt may go better, with what the two arenas kept for
  // later.
  [[nodiscard]] bool MakeRoom() noexcept;

  void Add(Lifetime* lifetime) noexcept;
  void Remove(Lifetime* lifetime) noexcept;

  // A finalizer dropped holds: deletes this if the environment has ended and nothing can point at
  // its memory any more. The order of finalizers and hooks at an environment's end differs by
  // runtime.
  void Dropped() noexcept;

  // Remembers a view that a termination left attached: detaching with a termination pending aborts
  // Node 20.
  void Abandon(napi_env env, napi_value view) noexcept;
  // Called on entry, when no termination is pending: detaches what was abandoned.
  void DetachAbandoned(napi_env env) noexcept;

  // Lets V8 know that wiped slots wait for a collection, where the arena asks for it.
  void PressCollector(napi_env env) noexcept;

  std::size_t secrets = 0;
  std::size_t bytes = 0;
  std::size_t pending_disposals = 0;
  std::size_t collected_undisposed = 0;

 private:
  Environment() noexcept : arena_(this) {}
  ~Environment() { delete sealed_arena_; }
  static void OnEnd(void* data) noexcept;

  static constexpr std::size_t kMostAbandoned = 64;

  arena::Arena arena_;
  arena::Arena* sealed_arena_ = nullptr;
  Lifetime* lifetimes_ = nullptr;
  napi_ref abandoned_[kMostAbandoned] = {};
  std::size_t abandoned_count_ = 0;
  bool ended_ = false;
};

}  // namespace memfd_secret::napi
