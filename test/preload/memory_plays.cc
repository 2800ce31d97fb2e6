#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "fake_openssl.h"

namespace memfd_secret::fake {

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

}  // namespace memfd_secret::fake
