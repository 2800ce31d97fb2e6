#pragma once

#include <cstddef>

#include "preload/status.h"

// What the plays of fake_openssl share: the hooks that the library set, and what an allocation of a
// kind looks like.
namespace memfd_secret::fake {

using Allocate = void* (*)(std::size_t, const char*, int);
using Reallocate = void* (*)(void*, std::size_t, const char*, int);
using Free = void (*)(void*, const char*, int);

extern Allocate allocate;
extern Reallocate reallocate;
extern Free release;

inline constexpr const char* kKeyFile = "../deps/openssl/openssl/crypto/bn/bn_lib.c";
inline constexpr const char* kConnectionFile = "../deps/openssl/openssl/ssl/ssl_lib.c";
inline constexpr const char* kOperationFile = "../deps/openssl/openssl/crypto/evp/evp_enc.c";
inline constexpr const char* kElsewhereFile = "../deps/openssl/openssl/crypto/stack/stack.c";

[[noreturn]] void Fail(const char* what, const char* file, int line);

#define CHECK(condition)                                          \
  do {                                                            \
    if (!(condition)) {                                           \
      ::memfd_secret::fake::Fail(#condition, __FILE__, __LINE__); \
    }                                                             \
  } while (false)

[[nodiscard]] MemfdSecretPreloadStatus Status();

// What a play does not keep is left behind. Never null, aligned as malloc's.
void* Make(std::size_t size, const char* file);
void Drop(void* memory);
[[nodiscard]] bool AllAre(const void* memory, std::size_t size, unsigned char value);
// Frees memory, and says whether it was the library's.
[[nodiscard]] bool IsSecret(void* memory);

// Plays: each answers an exit status.
int Sizes();
int WipedOnFree();
int Resizing();
int UnknownPointers();
int Scope();
int Reserve();
int Reuse();
int Threads();
int Fork();
int ForkThatMustFail();
int FileBuffers();
int Files();

}  // namespace memfd_secret::fake
