// It rests on three things, each checked before it is trusted: OpenSSL's functions keep frame
// pointers, which Node.js is built with; the program exports them all, which a static OpenSSL does
// (a shared libssl hides its inner ones); and they lie together, as the linker puts an archive.
#include "preload/static_openssl.h"

#include <cstring>

#include "preload/trust.h"

namespace memfd_secret::preload {
namespace {

struct Function {
  const char* name;  // of this name, or, ending with '_', of any that begins so
  Caller caller;
  // Whether each Node.js has it: one that lacks it is not the OpenSSL that this was written for.
  bool needed;
};

// The first of these on the way outward decides. Any other function of libssl means a connection.
constexpr Function kFunctions[] = {
    // A connection's own keys for one handshake; it may wait for the other side for minutes.
    {"ssl_generate_pkey", Caller::kConnection, true},
    {"ssl_generate_pkey_group", Caller::kConnection, true},
    {"ssl_generate_param_group", Caller::kConnection, false},
    // Where the handshake uses the long-lived key: signs with it, or decrypts. Nothing of that
    // outlives the function but what OpenSSL keeps with the key itself.
    {"tls_construct_cert_verify", Caller::kOther, true},
    {"tls_construct_server_key_exchange", Caller::kOther, true},
    {"tls_process_client_key_exchange", Caller::kOther, true},
    // Keys loaded by libssl, and those that a context makes for tickets. (Node.js loads them by
    // libcrypto.)
    {"SSL_CTX_new_ex", Caller::kOther, true},
    {"SSL_CTX_use_", Caller::kOther, true},
    {"SSL_use_", Caller::kOther, true},
    // A thread's generators of random numbers, made at their first use, whoever that is.
    {"EVP_RAND_CTX_new", Caller::kOther, true},
    {"EVP_RAND_instantiate", Caller::kOther, true},
    {"RAND_get0_", Caller::kOther, true},
};
constexpr std::size_t kFunctionCount = sizeof(kFunctions) / sizeof(kFunctions[0]);

// Twice what the patterns above name in any OpenSSL so far.
constexpr std::size_t kMostNamed = 80;

struct Named {
  CodeRange code;
  Caller caller = Caller::kUnknown;
};

// Written once, by the thread that set state to kReading.
struct OpenSslCode {
  CodeRange all;
  CodeRange tls;
  Named named[kMostNamed];
  std::size_t named_count = 0;
};

constinit CodeSymbols symbols;
constinit std::uintptr_t an_address = 0;
constinit OpenSslCode code;
constinit Trust trust;

// Enough of OpenSSL's names that the first and the last of its files have one.
bool IsOfOpenSsl(const char* name) noexcept {
  for (const char* beginning : {"SSL_", "ssl", "tls_", "dtls1_", "ossl_", "EVP_", "CRYPTO_", "BN_",
                                "EC_", "X509", "ASN1_", "BIO_", "OPENSSL_", "RAND_"}) {
    if (BeginsWith(name, beginning)) {
      return true;
    }
  }
  return false;
}

bool IsOfTls(const char* name) noexcept {
  for (const char* beginning : {"SSL_", "tls_construct_", "tls_process_", "tls_parse_",
                                "ossl_statem_", "tls13_", "dtls1_"}) {
    if (BeginsWith(name, beginning)) {
      return true;
    }
  }
  return false;
}

// Whether a function makes a frame record at once: without, the walk would read what is no frame.
bool KeepsFramePointer(const CodeRange& function) noexcept {
  constexpr std::size_t kPrologue = 48;
  const auto* bytes = reinterpret_cast<const unsigned char*>(function.begin);
  const std::size_t size = function.end - function.begin;
  for (std::size_t at = 0; at < kPrologue && at + 4 <= size; ++at) {
#if defined(__x86_64__)
    // mov %rsp,%rbp
    if (bytes[at] == 0x48 && bytes[at + 1] == 0x89 && bytes[at + 2] == 0xe5) {
      return true;
    }
#elif defined(__aarch64__)
    // mov x29, sp
    if (at % 4 == 0 && bytes[at] == 0xfd && bytes[at + 1] == 0x03 && bytes[at + 2] == 0x00 &&
        bytes[at + 3] == 0x91) {
      return true;
    }
#endif
  }
  return false;
}

bool Name(const char* name, const CodeRange& function, bool (&found)[kFunctionCount]) noexcept {
  for (std::size_t i = 0; i < kFunctionCount; ++i) {
    if (!IsNamed(name, kFunctions[i].name)) {
      continue;
    }
    // Those of a pattern may be too small to make one.
    const bool pattern = std::strcmp(name, kFunctions[i].name) != 0;
    if (code.named_count == kMostNamed || !(pattern || KeepsFramePointer(function))) {
      return false;
    }
    code.named[code.named_count++] = {function, kFunctions[i].caller};
    found[i] = true;
    return true;
  }
  return true;
}

// The addresses around OpenSSL's code that have no function of C++, which would be the
// application's.
CodeRange FindPlainC(std::uintptr_t inside) noexcept {
  CodeRange plain{0, UINTPTR_MAX};
  symbols.ForEach([&plain, inside](const char* name, const CodeRange& function) {
    if (!BeginsWith(name, "_Z")) {
      return;
    }
    if (function.begin > inside) {
      plain.end = function.begin < plain.end ? function.begin : plain.end;
    } else {
      plain.begin = function.end > plain.begin ? function.end : plain.begin;
    }
  });
  return plain;
}

bool Read() noexcept {
  const CodeRange plain = FindPlainC(an_address);
  bool found[kFunctionCount] = {};
  bool sound = true;
  symbols.ForEach([&](const char* name, const CodeRange& function) {
    // The linker may put what is rarely called elsewhere.
    if (!plain.Contains(function.begin) || !IsOfOpenSsl(name)) {
      return;
    }
    code.all.Widen(function);
    if (IsOfTls(name)) {
      code.tls.Widen(function);
    }
    sound = Name(name, function, found) && sound;
  });
  for (std::size_t i = 0; i < kFunctionCount; ++i) {
    sound = sound && (found[i] || !kFunctions[i].needed);
  }
  return sound;
}

// An arm64 return address may carry a signature in the bits that no address has.
std::uintptr_t PlainAddress(std::uintptr_t address) noexcept {
  return address & ((std::uintptr_t{1} << 48) - 1);
}

Caller NamedAt(std::uintptr_t address) noexcept {
  for (std::size_t i = 0; i < code.named_count; ++i) {
    if (code.named[i].code.Contains(address)) {
      return code.named[i].caller;
    }
  }
  return Caller::kUnknown;
}

// Deeper than OpenSSL ever calls, and longer than any of its frames.
constexpr int kMostFrames = 256;
constexpr std::uintptr_t kLongestFrame = std::uintptr_t{256} * 1024;

}  // namespace

void FindStaticOpenSsl(const LoadedObject& object, const void* inside) noexcept {
  if (symbols.Find(object)) {
    an_address = reinterpret_cast<std::uintptr_t>(inside);
    trust.Offer();
  }
}

Caller CallerInStaticOpenSsl(const void* frame, bool from_tls) noexcept {
  if (!trust.Holds(Read)) {
    return Caller::kUnknown;
  }
  bool in_tls = false;
  auto at = reinterpret_cast<std::uintptr_t>(frame);
  for (int depth = 0; depth < kMostFrames; ++depth) {
    const auto* record = reinterpret_cast<const std::uintptr_t*>(at);
    // The call, not what follows it: that may be the next function.
    const std::uintptr_t call = PlainAddress(record[1]) - 1;
    if (!code.all.Contains(call)) {
      break;
    }
    if (const Caller caller = NamedAt(call); caller != Caller::kUnknown) {
      return caller;
    }
    in_tls = in_tls || code.tls.Contains(call);
    const std::uintptr_t next = record[0];
    if (next <= at || next - at > kLongestFrame || next % alignof(std::uintptr_t) != 0) {
      break;
    }
    at = next;
  }
  if (from_tls && !in_tls) {
    // What must be there is not: this walk is blind here.
    trust.Lose();
    return Caller::kUnknown;
  }
  return in_tls ? Caller::kConnection : Caller::kOther;
}

bool StaticOpenSslIsTrusted() noexcept { return trust.Holds(Read); }

}  // namespace memfd_secret::preload
