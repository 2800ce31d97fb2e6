#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "fake_openssl.h"

namespace memfd_secret::fake {
namespace {

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

bool stopping = false;

void* Churn(void*) {
  while (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE)) {
    Drop(Make(300, kKeyFile));
  }
  return nullptr;
}

}  // namespace

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

}  // namespace memfd_secret::fake
