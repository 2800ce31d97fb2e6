// A program that stands for one with OpenSSL in it: it exports the two symbols that the preload
// library looks for, and then plays what its first argument names. Exits 0 where all was as
// expected, 1 with a line on standard error where not; those that must die say so in their name.

#include <dlfcn.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "preload/status.h"

namespace {

using Allocate = void* (*)(std::size_t, const char*, int);
using Reallocate = void* (*)(void*, std::size_t, const char*, int);
using Free = void (*)(void*, const char*, int);

Allocate allocate = nullptr;
Reallocate reallocate = nullptr;
Free release = nullptr;
unsigned long version = 0x30000000UL;

constexpr const char* kKeyFile = "../deps/openssl/openssl/crypto/bn/bn_lib.c";
constexpr const char* kConnectionFile = "../deps/openssl/openssl/ssl/ssl_lib.c";
constexpr const char* kOperationFile = "../deps/openssl/openssl/crypto/evp/evp_enc.c";
constexpr const char* kElsewhereFile = "../deps/openssl/openssl/crypto/stack/stack.c";

[[noreturn]] void Fail(const char* what, int line) {
  std::fprintf(stderr, "fake_openssl.cc:%d: expected %s\n", line, what);
  std::_Exit(1);
}

void Check(bool holds, const char* what, int line) {
  if (!holds) {
    Fail(what, line);
  }
}
#define CHECK(condition) Check(condition, #condition, __LINE__)

MemfdSecretPreloadStatus Status() {
  MemfdSecretPreloadStatus status = {};
  void* found = dlsym(RTLD_DEFAULT, MEMFD_SECRET_PRELOAD_STATUS_SYMBOL);
  CHECK(found != nullptr);
  const auto read = reinterpret_cast<MemfdSecretPreloadStatusFunction>(found);
  CHECK(read(&status, sizeof(status)) == sizeof(status));
  return status;
}

void* Make(std::size_t size, const char* file) {
  void* made = allocate(size, file, 1);
  CHECK(made != nullptr);
  CHECK(reinterpret_cast<std::uintptr_t>(made) % alignof(std::max_align_t) == 0);
  return made;
}

void Drop(void* memory) { release(memory, kKeyFile, 1); }

bool AllAre(const void* memory, std::size_t size, unsigned char value) {
  const auto* bytes = static_cast<const unsigned char*>(memory);
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] != value) {
      return false;
    }
  }
  return true;
}

bool IsSecret(void* memory) {
  const std::uint64_t before = Status().bytes_in_use;
  Drop(memory);
  return Status().bytes_in_use < before;
}

int Sizes() {
  for (std::size_t size = 1; size <= 3 * 1024 * 1024; size += size < 300 ? 1 : size / 3) {
    void* memory = Make(size, kKeyFile);
    CHECK(AllAre(memory, size, 0));
    std::memset(memory, 0xa5, size);
    void* other = Make(size, kKeyFile);
    std::memset(other, 0x5a, size);
    CHECK(AllAre(memory, size, 0xa5));
    Drop(memory);
    CHECK(AllAre(other, size, 0x5a));
    Drop(other);
  }
  CHECK(allocate(0, kKeyFile, 1) == nullptr);
  CHECK(allocate(SIZE_MAX - 8, kKeyFile, 1) == nullptr);
  Drop(nullptr);
  CHECK(Status().bytes_in_use == 0);
  return 0;
}

// A freed slot of the pool stays mapped, so its contents can be looked at: the wipe is at once.
int WipedOnFree() {
  for (const std::size_t size : {std::size_t{1}, std::size_t{32}, std::size_t{1000},
                                 std::size_t{4096}, std::size_t{70000}}) {
    void* keep = Make(size, kKeyFile);
    void* memory = Make(size, kKeyFile);
    std::memset(memory, 0xa5, size);
    Drop(memory);
    CHECK(AllAre(memory, size, 0));
    Drop(keep);
  }
  return 0;
}

int Resizing() {
  auto* memory = static_cast<unsigned char*>(reallocate(nullptr, 100, kKeyFile, 1));
  std::memset(memory, 7, 100);
  CHECK(reallocate(memory, 112, kKeyFile, 1) == memory);
  std::memset(memory, 7, 112);
  CHECK(reallocate(memory, 90, kKeyFile, 1) == memory);
  CHECK(AllAre(memory + 90, 22, 0));
  // Whatever file asks, it stays secret.
  auto* moved = static_cast<unsigned char*>(reallocate(memory, 5000, kElsewhereFile, 1));
  CHECK(moved != memory && AllAre(moved, 90, 7) && AllAre(memory, 112, 0));
  CHECK(Status().bytes_in_use == 8192);
  // Whole blocks grow where they are when the ones behind are free, and give their tail back.
  CHECK(reallocate(moved, 20000, kKeyFile, 1) == moved);
  CHECK(Status().bytes_in_use == 20480);
  std::memset(moved, 7, 20000);
  CHECK(reallocate(moved, 9000, kKeyFile, 1) == moved);
  CHECK(Status().bytes_in_use == 12288 && AllAre(moved, 9000, 7) && AllAre(moved + 9000, 3000, 0));
  CHECK(reallocate(moved, 0, kKeyFile, 1) == nullptr);
  CHECK(Status().bytes_in_use == 0);
  // An ordinary block, asked for by a file of key material, moves into secret memory; the old one
  // is not left behind.
  auto* plain = static_cast<unsigned char*>(Make(40, kElsewhereFile));
  std::memset(plain, 9, 40);
  void* taken = reallocate(plain, 60, kKeyFile, 1);
  CHECK(taken != plain && AllAre(taken, 40, 9) && IsSecret(taken));
  return 0;
}

int UnknownPointers() {
  void* foreign = std::malloc(100);
  CHECK(foreign != nullptr);
  std::memset(foreign, 3, 100);
  foreign = reallocate(foreign, 50000, kElsewhereFile, 1);
  CHECK(AllAre(foreign, 100, 3));
  release(foreign, kElsewhereFile, 1);
  release(std::malloc(1), kKeyFile, 1);
  return 0;
}

int Scope() {
  const bool all = Status().scope == 1;
  CHECK(IsSecret(Make(64, kKeyFile)));
  CHECK(IsSecret(Make(64, kConnectionFile)));
  CHECK(IsSecret(Make(64, kOperationFile)));
  CHECK(IsSecret(Make(64, "../src/crypto/crypto_util.h")));
  CHECK(IsSecret(Make(64, "a file that no table knows.c")));
  CHECK(IsSecret(Make(64, "")));
  CHECK(IsSecret(Make(64, nullptr)));
  // Only whole components count.
  CHECK(IsSecret(Make(64, "../crypto/mystack/stack.c")));
  CHECK(IsSecret(Make(64, "haystack/crypto/stack.c")));
  CHECK(IsSecret(Make(64, kElsewhereFile)) == all);
  CHECK(IsSecret(Make(64, "crypto/property/property_string.c")) == all);
  CHECK(IsSecret(Make(64, "../ssl/record/ssl3_buffer.c")) == all);
  CHECK(Status().other_allocations == (all ? 0 : 3));
  return 0;
}

constexpr int kThreads = 12;
constexpr int kSlots = 128;
void* shared[kThreads * kSlots];

// Each thread allocates, fills, resizes and checks, and frees what another one made.
void* Work(void* argument) {
  const auto self = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(argument));
  std::uint64_t random = 0x9e3779b97f4a7c15ULL * (self + 1);
  for (int round = 0; round < 40000; ++round) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto pick = static_cast<std::size_t>(random >> 33);
    const std::size_t index = pick % (kThreads * kSlots);
    const std::size_t size = 16 + (pick >> 12) % (round % 100 == 0 ? 40000 : 2500);
    const char* file = round % 3 == 0 ? kConnectionFile : kKeyFile;
    auto* made = static_cast<unsigned char*>(Make(size, file));
    std::memset(made, static_cast<int>(self), size);
    std::memcpy(made, &size, sizeof(size));
    if (round % 5 == 0) {
      made = static_cast<unsigned char*>(reallocate(made, size + 500, file, 1));
      CHECK(made != nullptr &&
            AllAre(made + sizeof(size), size - sizeof(size), static_cast<unsigned char>(self)));
    }
    auto* old =
        static_cast<unsigned char*>(__atomic_exchange_n(&shared[index], made, __ATOMIC_ACQ_REL));
    if (old != nullptr) {
      std::size_t had = 0;
      std::memcpy(&had, old, sizeof(had));
      CHECK(had >= 16 && AllAre(old + sizeof(had), had - sizeof(had), old[sizeof(had)]));
      Drop(old);
    }
  }
  return nullptr;
}

int Threads() {
  pthread_t threads[kThreads];
  for (std::uintptr_t i = 0; i < kThreads; ++i) {
    CHECK(pthread_create(&threads[i], nullptr, Work, reinterpret_cast<void*>(i)) == 0);
  }
  for (pthread_t thread : threads) {
    CHECK(pthread_join(thread, nullptr) == 0);
  }
  for (void* left : shared) {
    Drop(left);
  }
  CHECK(Status().bytes_in_use == 0);
  return 0;
}

bool stopping = false;

void* Churn(void*) {
  while (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE)) {
    Drop(Make(300, kKeyFile));
  }
  return nullptr;
}

// Parent and child each write to their own copy, while other threads of the parent allocate.
int Fork() {
  pthread_t churner;
  CHECK(pthread_create(&churner, nullptr, Churn, nullptr) == 0);
  auto* key = static_cast<unsigned char*>(Make(32, kKeyFile));
  auto* large = static_cast<unsigned char*>(Make(300000, kKeyFile));
  std::memset(key, 1, 32);
  std::memset(large, 2, 300000);
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      CHECK(AllAre(key, 32, 1) && AllAre(large, 300000, 2));
      std::memset(key, 3, 32);
      Drop(large);
      void* more = Make(5000, kKeyFile);
      Drop(more);
      Drop(key);
      // A grandchild, as of a master that makes itself a daemon.
      const pid_t grandchild = fork();
      CHECK(grandchild >= 0);
      int status = 0;
      if (grandchild == 0) {
        Drop(Make(64, kKeyFile));
        std::_Exit(0);
      }
      CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0);
      std::_Exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(AllAre(key, 32, 1) && AllAre(large, 300000, 2));
  }
  __atomic_store_n(&stopping, true, __ATOMIC_RELEASE);
  CHECK(pthread_join(churner, nullptr) == 0);
  return 0;
}

// The limit of locked memory goes away between the start and the fork.
int ForkThatMustFail() {
  Drop(Make(32, kKeyFile));
  const struct rlimit none = {0, 0};
  CHECK(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    std::_Exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// Connections take all they may get; a key and an operation on it still find secret memory.
int Reserve() {
  std::uint64_t connections = 0;
  while (Status().fallbacks == 0) {
    Make(2000, kConnectionFile);
    ++connections;
  }
  CHECK(connections > 10);
  for (int i = 0; i < 100; ++i) {
    Make(2000, kConnectionFile);
  }
  const std::uint64_t fallbacks = Status().fallbacks;
  CHECK(fallbacks > 90);
  CHECK(IsSecret(Make(2048, kOperationFile)));
  CHECK(IsSecret(Make(256, kKeyFile)));
  CHECK(IsSecret(Make(16384, kKeyFile)));
  CHECK(Status().fallbacks == fallbacks);
  // Keys may fill the rest; what comes then goes to malloc, and is freed and resized as ever.
  while (Status().fallbacks == fallbacks) {
    Make(256, kKeyFile);
  }
  auto* overflow = static_cast<unsigned char*>(Make(300000, kKeyFile));
  std::memset(overflow, 4, 300000);
  overflow = static_cast<unsigned char*>(reallocate(overflow, 600000, kKeyFile, 1));
  CHECK(AllAre(overflow, 300000, 4));
  Drop(overflow);
  std::printf("capacity %llu\n", static_cast<unsigned long long>(Status().capacity_bytes));
  return 0;
}

// After frees, memory serves again, for another size and another kind.
int Reuse() {
  static void* made[20000];
  std::size_t count = 0;
  while (Status().fallbacks == 0 && count < 20000) {
    made[count++] = Make(200, kKeyFile);
  }
  CHECK(Status().fallbacks == 1);
  for (std::size_t i = 0; i < count; ++i) {
    Drop(made[i]);
  }
  const std::uint64_t fallbacks = Status().fallbacks;
  Drop(Make(20000, kKeyFile));
  Drop(Make(1500, kConnectionFile));
  CHECK(Status().fallbacks == fallbacks);
  return 0;
}

int DoubleFreeThatMustDie() {
  Make(32, kKeyFile);
  void* memory = Make(32, kKeyFile);
  Drop(memory);
  Drop(memory);
  return 0;
}

int InteriorFreeThatMustDie() {
  Drop(static_cast<unsigned char*>(Make(64, kKeyFile)) + 16);
  return 0;
}

int Report() {
  const MemfdSecretPreloadStatus status = Status();
  const char* preload = std::getenv("LD_PRELOAD");
  std::printf("active %u scope %u backing %u LD_PRELOAD %s\n", status.active, status.scope,
              status.backing, preload == nullptr ? "unset" : preload);
  return 0;
}

struct Play {
  const char* name;
  int (*run)();
};

constexpr Play kPlays[] = {
    {"sizes", Sizes},
    {"wiped-on-free", WipedOnFree},
    {"resizing", Resizing},
    {"unknown-pointers", UnknownPointers},
    {"scope", Scope},
    {"threads", Threads},
    {"fork", Fork},
    {"fork-that-must-fail", ForkThatMustFail},
    {"reserve", Reserve},
    {"reuse", Reuse},
    {"double-free-that-must-die", DoubleFreeThatMustDie},
    {"interior-free-that-must-die", InteriorFreeThatMustDie},
    {"report", Report},
};

}  // namespace

// OpenSSL's own names.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" __attribute__((visibility("default"))) int CRYPTO_set_mem_functions(
    Allocate set_allocate, Reallocate set_reallocate, Free set_free) {
  if (std::getenv("FAKE_OPENSSL_REFUSES") != nullptr) {
    return 0;
  }
  allocate = set_allocate;
  reallocate = set_reallocate;
  release = set_free;
  return 1;
}

extern "C" __attribute__((visibility("default"))) unsigned long OpenSSL_version_num() {
  return version;
}
// NOLINTEND(readability-identifier-naming)

int main(int count, char** arguments) {
  alarm(60);
  for (const Play& play : kPlays) {
    if (count == 2 && std::strcmp(arguments[1], play.name) == 0) {
      CHECK(allocate != nullptr || play.run == Report);
      return play.run();
    }
  }
  return Fail("the name of a play", __LINE__), 1;
}
