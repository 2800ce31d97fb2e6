// A program that stands for one with OpenSSL in it: it exports the two symbols that the preload
// library looks for, and then plays what its first argument names. Exits 0 where all was as
// expected, 1 with a line on standard error where not; those that must die say so in their name.

#include "fake_openssl.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace memfd_secret::fake {

Allocate allocate = nullptr;
Reallocate reallocate = nullptr;
Free release = nullptr;

void Fail(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: expected %s\n", file, line, what);
  std::_Exit(1);
}

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

namespace {

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
    {"file-buffers", FileBuffers},
    {"files", Files},
    {"double-free-that-must-die", DoubleFreeThatMustDie},
    {"interior-free-that-must-die", InteriorFreeThatMustDie},
    {"report", Report},
};

}  // namespace
}  // namespace memfd_secret::fake

using memfd_secret::fake::Allocate;
using memfd_secret::fake::Free;
using memfd_secret::fake::Reallocate;

// OpenSSL's own names.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" __attribute__((visibility("default"))) int CRYPTO_set_mem_functions(
    Allocate set_allocate, Reallocate set_reallocate, Free set_free) {
  if (std::getenv("FAKE_OPENSSL_REFUSES") != nullptr) {
    return 0;
  }
  memfd_secret::fake::allocate = set_allocate;
  memfd_secret::fake::reallocate = set_reallocate;
  memfd_secret::fake::release = set_free;
  return 1;
}

extern "C" __attribute__((visibility("default"))) unsigned long OpenSSL_version_num() {
  return 0x30000000UL;
}
// NOLINTEND(readability-identifier-naming)

using memfd_secret::fake::allocate;
using memfd_secret::fake::kPlays;
using memfd_secret::fake::Play;
using memfd_secret::fake::Report;

int main(int count, char** arguments) {
  alarm(60);
  for (const Play& play : kPlays) {
    if (count == 2 && std::strcmp(arguments[1], play.name) == 0) {
      CHECK(allocate != nullptr || play.run == Report);
      return play.run();
    }
  }
  memfd_secret::fake::Fail("the name of a play", __FILE__, __LINE__);
}
