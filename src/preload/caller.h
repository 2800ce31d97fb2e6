#pragma once

#include <cstdint>

#include "preload/code_symbols.h"

namespace memfd_secret::preload {

// On whose behalf OpenSSL allocates. The source file that it names does not tell: a cipher context,
// a digest or a key may be the application's own, or what an idle connection or an unfinished
// handshake keeps. The call stack does: see caller.cc.
enum class Caller : std::uint8_t {
  kUnknown,     // this OpenSSL cannot be asked
  kConnection,  // a TLS connection, for as long as it lives
  kOther,       // the application; a connection's use of a long-lived key
};

// Where OpenSSL lies: object is what has libcrypto, inside the address of one of its functions,
// in_tls that of one of libssl's, or null. At the start.
void FindOpenSslCode(const LoadedObject& object, const void* inside, const void* in_tls) noexcept;

// frame: __builtin_frame_address(0) of a function that OpenSSL called. from_tls: OpenSSL says that
// one of its TLS files allocates. Takes no lock. Some nanoseconds for each caller, many times that
// where OpenSSL is shared; and once a few milliseconds.
[[nodiscard]] Caller CallerOf(const void* frame, bool from_tls) noexcept;

// Whether CallerOf has an answer in this program.
[[nodiscard]] bool CallersAreTold() noexcept;

}  // namespace memfd_secret::preload
