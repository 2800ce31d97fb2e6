#include "preload/hooks.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "preload/caller.h"
#include "preload/message.h"
#include "sys/bytes.h"

namespace memfd_secret::preload {
namespace {

constinit Heap heap;
constinit Scope scope = Scope::kKeys;

// Counts of what goes to malloc, one for each thread, so that counting needs no atomic addition and
// no cache line is shared. More threads than counts share the last one, and may lose some.
struct alignas(64) Count {
  std::atomic<std::uint64_t> value{0};
};
constexpr std::uint32_t kCounts = 64;
constinit Count others[kCounts];
constinit std::atomic<std::uint32_t> counting_threads{0};
constinit
    __attribute__((tls_model("initial-exec"))) thread_local std::atomic<std::uint64_t>* my_count =
        nullptr;

constinit std::atomic<std::uint64_t> fallbacks{0};
constinit std::atomic<bool> told_keys{false};
constinit std::atomic<bool> told_connections{false};

void CountOther() noexcept {
  if (my_count == nullptr) {
    const std::uint32_t mine = counting_threads.fetch_add(1, std::memory_order_relaxed);
    my_count = &others[mine < kCounts ? mine : kCounts - 1].value;
  }
  my_count->store(my_count->load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// What OpenSSL passes with an allocation, and where in the stack it asks.
struct Request {
  const char* file;
  const void* frame;
};

// While there is room for all, the file tells enough. After that connections must not take what
// keys need, though much of what they keep comes from the same files.
Kind Judge(Kind kind, std::size_t size, const Request& request) noexcept {
  if (!heap.pool().IsCrowded(size)) {
    return kind;
  }
  const bool by_connection = kind == Kind::kConnections;
  const bool from_tls = by_connection && IsOfTls(request.file);
  const Caller caller = CallerOf(request.frame, from_tls);
  if (caller == Caller::kUnknown || (by_connection && !from_tls)) {
    return kind;
  }
  return caller == Caller::kConnection ? Kind::kConnections : Kind::kKeys;
}

void* AllocateSecret(Kind by_file, std::size_t size, const Request& request) noexcept {
  const Kind kind = Judge(by_file, size, request);
  void* memory = heap.Allocate(kind, size);
  if (memory == nullptr) {
    // OpenSSL must not see a failure that malloc would not give.
    memory = std::malloc(size);
    if (memory != nullptr) {
      TellFallback(kind);
    }
  }
  return memory;
}

void* AllocateFor(std::size_t size, const Request& request) noexcept {
  if (size == 0) {
    return nullptr;
  }
  const Kind kind = KindOf(scope, request.file);
  if (kind == Kind::kElsewhere) {
    CountOther();
    return std::malloc(size);
  }
  return AllocateSecret(kind, size, request);
}

void* Allocate(std::size_t size, const char* file, int /*line*/) noexcept {
  return AllocateFor(size, {file, __builtin_frame_address(0)});
}

void Free(void* memory, const char* /*file*/, int /*line*/) noexcept {
  if (heap.Contains(memory)) {
    heap.Free(memory);
  } else {
    // Null, by scope, a fallback, or of another allocator of the program that stands in for malloc.
    std::free(memory);
  }
}

// Of secret memory: stays secret, whichever file asks.
void* MoveSecret(void* memory, std::size_t size, const Request& request) noexcept {
  if (heap.ResizeInPlace(memory, size)) {
    return memory;
  }
  void* moved = AllocateSecret(heap.KindAt(memory), size, request);
  if (moved == nullptr) {
    return nullptr;
  }
  const std::size_t had = heap.SizeOf(memory);
  std::memcpy(moved, memory, had < size ? had : size);
  heap.Free(memory);
  return moved;
}

// Of malloc: taken into secret memory where the file that asks says so and there is room again.
void* MoveOrdinary(void* memory, std::size_t size, const Request& request) noexcept {
  const Kind kind = KindOf(scope, request.file);
  void* moved =
      kind == Kind::kElsewhere ? nullptr : heap.Allocate(Judge(kind, size, request), size);
  if (moved == nullptr) {
    return std::realloc(memory, size);
  }
  const std::size_t had = malloc_usable_size(memory);
  std::memcpy(moved, memory, had < size ? had : size);
  sys::Wipe(memory, had);
  std::free(memory);
  return moved;
}

void* Reallocate(void* memory, std::size_t size, const char* file, int line) noexcept {
  // Of this function, which OpenSSL called: a walk from further inside would end here.
  const Request request{file, __builtin_frame_address(0)};
  if (memory == nullptr) {
    return AllocateFor(size, request);
  }
  if (size == 0) {
    Free(memory, file, line);
    return nullptr;
  }
  return heap.Contains(memory) ? MoveSecret(memory, size, request)
                               : MoveOrdinary(memory, size, request);
}

}  // namespace

Heap& TheHeap() noexcept { return heap; }

bool HookOpenSsl(SetMemFunctions set, Scope wanted) noexcept {
  scope = wanted;
  return set(Allocate, Reallocate, Free) == 1;
}

void TellFallback(Kind kind) noexcept {
  fallbacks.fetch_add(1, std::memory_order_relaxed);
  std::atomic<bool>& told = kind == Kind::kKeys ? told_keys : told_connections;
  if (told.load(std::memory_order_relaxed) || told.exchange(true, std::memory_order_relaxed)) {
    return;
  }
  Message message;
  message.Add(kind == Kind::kKeys
                  ? "the limit of secret memory is reached: key material goes to ordinary memory"
                  : "connections have used up their share of secret memory: the state of more goes "
                    "to ordinary memory");
  message.Add(", after ").AddNumber(heap.pool().filled());
  message
      .Add(
          " bytes. Raise the limit of locked memory (ulimit -l, LimitMEMLOCK=) or "
          "MEMFD_SECRET_PRELOAD_MAX")
      .Write();
}

Counters ReadCounters() noexcept {
  Counters counters;
  for (const Count& count : others) {
    counters.other_allocations += count.value.load(std::memory_order_relaxed);
  }
  counters.fallbacks = fallbacks.load(std::memory_order_relaxed);
  return counters;
}

}  // namespace memfd_secret::preload
