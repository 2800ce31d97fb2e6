#pragma once

#include <cstdint>

namespace memfd_secret::preload {

enum class Scope : std::uint8_t { kKeys, kAll };

// Where an allocation goes. The first three share one memory; when it runs short, the last gives
// way first. Who asks is then told by the call stack where that can be (caller.h), else by this
// alone.
enum class Kind : std::uint8_t {
  kKeys,         // long-lived keys and the temporaries of operations on them: never give way
  kOperations,   // what both keys and connections have, where only the file tells
  kConnections,  // what a remote client can make many of
  kElsewhere,    // cannot hold key material: malloc
};

inline constexpr unsigned kSecretKinds = 3;

// Tells by the source file that OpenSSL passes with each allocation. A file that the table does not
// know is kKeys, and so is none at all: a new OpenSSL file leaks nothing until somebody has argued
// that it may lie elsewhere.
[[nodiscard]] Kind KindOf(Scope scope, const char* file) noexcept;

// Whether a file is one of libssl's.
[[nodiscard]] bool IsOfTls(const char* file) noexcept;

}  // namespace memfd_secret::preload
