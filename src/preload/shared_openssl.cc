// What libssl does for a connection, and what it does with a long-lived key, is told by the
// function of libcrypto that it calls: its own are hidden. Only what is named here is a
// connection's. So a new function of either library, one that is called by a pointer, and any other
// library in between (a provider's, an engine's, the application's callback) count as a key's.
#include "preload/shared_openssl.h"

#include <algorithm>
#include <cstring>

#include "preload/call_target.h"
#include "preload/stack_unwinder.h"
#include "preload/trust.h"

namespace memfd_secret::preload {
namespace {

enum class Use : std::uint8_t {
  kUnnamed,
  kConnection,  // libssl calls it for what a connection keeps
  kSigner,      // signs, by the server's key or by a connection's MAC
  kMac,         // within a signer: it is a MAC
  kPublicKey,   // wherever libssl comes to it
  kKey,         // never a connection's, whoever has called it
};

struct Function {
  const char* name;  // of this name, or, ending with '_', of any that begins so
  Use use;
};

// The first that fits a name. With what statem/, record/, s3_*.c, t1_*.c and tls13_enc.c of OpenSSL
// 3.0 to 3.5 call for a connection; what they call for less than that may stay out.
constexpr Function kFunctions[] = {
    // A thread's generators of random numbers, made at their first use, whoever that is.
    {"RAND_", Use::kKey},
    {"EVP_RAND_", Use::kKey},
    // Within a signature: a nonce that is derived from the key.
    {"EVP_KDF_", Use::kKey},
    // Called by libssl itself, EVP_MAC_ and HMAC_ are for tickets: no connection's, by kMac.
    {"EVP_MAC_", Use::kMac},
    {"HMAC_", Use::kMac},
    // No key is in this, and a MAC's lives as long as the connection.
    {"EVP_PKEY_CTX_new_from_pkey", Use::kMac},
    // tls_construct_cert_verify, tls_construct_server_key_exchange; MACs of records and of
    // finished.
    {"EVP_DigestSign", Use::kSigner},
    {"EVP_DigestSignInit", Use::kSigner},
    {"EVP_DigestSignInit_ex", Use::kSigner},
    {"EVP_DigestSignUpdate", Use::kSigner},
    {"EVP_DigestSignFinal", Use::kSigner},
    // Traffic keys. Not EVP_EncryptInit_ex and EVP_DecryptInit_ex, which have the keys of tickets.
    {"EVP_CIPHER_CTX_", Use::kConnection},
    {"EVP_CipherInit_ex", Use::kConnection},
    {"EVP_CipherInit_ex2", Use::kConnection},
    {"EVP_Cipher", Use::kConnection},
    {"EVP_CipherUpdate", Use::kConnection},
    {"EVP_PKEY_new_mac_key", Use::kConnection},
    {"EVP_PKEY_new_raw_private_key_ex", Use::kConnection},
    // The hash of a handshake, and its messages.
    {"EVP_MD_CTX_", Use::kConnection},
    {"EVP_Digest", Use::kConnection},
    {"EVP_DigestInit", Use::kConnection},
    {"EVP_DigestInit_ex", Use::kConnection},
    {"EVP_DigestUpdate", Use::kConnection},
    {"EVP_DigestFinal", Use::kConnection},
    {"EVP_DigestFinal_ex", Use::kConnection},
    {"BUF_MEM_", Use::kConnection},
    {"BIO_new", Use::kConnection},
    {"BIO_ctrl", Use::kConnection},
    {"BIO_write", Use::kConnection},
    // A connection's own keys for one handshake; it may wait for the other side for minutes.
    {"EVP_PKEY_new", Use::kConnection},
    {"EVP_PKEY_keygen", Use::kConnection},
    {"EVP_PKEY_generate", Use::kConnection},
    {"EVP_PKEY_paramgen", Use::kConnection},
    {"EVP_PKEY_Q_keygen", Use::kConnection},
    {"EVP_PKEY_fromdata", Use::kConnection},
    {"EVP_PKEY_set1_encoded_public_key", Use::kConnection},
    {"EVP_PKEY_get1_encoded_public_key", Use::kConnection},
    // That of the other side; libssl comes to it by a jump, from a function of its own.
    {"EVP_PKEY_set_params", Use::kPublicKey},
    {"EVP_PKEY_derive", Use::kConnection},
    {"EVP_PKEY_derive_set_peer", Use::kConnection},
    {"EVP_PKEY_encapsulate", Use::kConnection},
    {"EVP_PKEY_decapsulate", Use::kConnection},
    // Certificates of the other side, and what a check of its signature keeps with its public key.
    {"X509_check_private_key", Use::kKey},
    {"X509_", Use::kConnection},
    {"d2i_X509", Use::kConnection},
    {"d2i_X509_", Use::kConnection},
    {"d2i_PUBKEY_ex", Use::kConnection},
    {"EVP_DigestVerify", Use::kConnection},
    {"EVP_DigestVerifyInit", Use::kConnection},
    {"EVP_DigestVerifyInit_ex", Use::kConnection},
    {"EVP_DigestVerifyUpdate", Use::kConnection},
    {"EVP_DigestVerifyFinal", Use::kConnection},
    // Sessions, and all that libssl allocates itself.
    {"ASN1_item_d2i", Use::kConnection},
    {"ASN1_item_i2d", Use::kConnection},
    {"CRYPTO_", Use::kConnection},
};

// Of libssl: what loads keys, and makes those of tickets.
constexpr const char* kLoaders[] = {"SSL_CTX_new", "SSL_CTX_new_ex", "SSL_CTX_use_",
                                    "SSL_use_",    "SSL_CTX_load_",  "SSL_CONF_"};

constexpr char kAnAllocator[] = "CRYPTO_zalloc";
constexpr char kALoader[] = "SSL_CTX_new_ex";

// More than the patterns above name in any OpenSSL 3 so far.
constexpr std::size_t kMostNamed = 1024;
constexpr std::size_t kMostLoaders = 64;

struct Named {
  std::uintptr_t begin = 0;
  Use use = Use::kUnnamed;
};

struct Library {
  LoadedObject object;
  CodeSymbols symbols;
};

// Written at the start, and then once by the thread that reads.
struct Code {
  Library crypto;
  Library tls;
  CodeRange ours;
  Named named[kMostNamed];  // by address
  std::size_t named_count = 0;
  CodeRange loaders[kMostLoaders];
  std::size_t loader_count = 0;
};

constinit Code code;
constinit Trust trust;

Use UseOf(const char* name) noexcept {
  for (const Function& function : kFunctions) {
    if (IsNamed(name, function.name)) {
      return function.use;
    }
  }
  return Use::kUnnamed;
}

bool IsLoader(const char* name) noexcept {
  return std::any_of(std::begin(kLoaders), std::end(kLoaders),
                     [name](const char* loader) { return IsNamed(name, loader); });
}

bool NameCrypto(std::uintptr_t* allocator) noexcept {
  bool fits = true;
  code.crypto.symbols.ForEach([&](const char* name, const CodeRange& function) {
    const Use use = UseOf(name);
    if (use == Use::kUnnamed) {
      return;
    }
    if (code.named_count == kMostNamed) {
      fits = false;
      return;
    }
    code.named[code.named_count++] = {function.begin, use};
    if (std::strcmp(name, kAnAllocator) == 0) {
      *allocator = function.begin;
    }
  });
  std::sort(code.named, code.named + code.named_count,
            [](const Named& one, const Named& other) { return one.begin < other.begin; });
  return fits;
}

bool NameTls(CodeRange* loader) noexcept {
  bool fits = true;
  code.tls.symbols.ForEach([&](const char* name, const CodeRange& function) {
    if (!IsLoader(name)) {
      return;
    }
    if (code.loader_count == kMostLoaders) {
      fits = false;
      return;
    }
    code.loaders[code.loader_count++] = function;
    if (std::strcmp(name, kALoader) == 0) {
      *loader = function;
    }
  });
  return fits;
}

// Whether calls from libssl to libcrypto can be read here: one is known to be in this function.
bool Calls(const CodeRange& function, std::uintptr_t target) noexcept {
  for (std::uintptr_t at = function.begin; at < function.end; ++at) {
    if (CallTarget(at, code.tls.object) == target) {
      return true;
    }
  }
  return false;
}

bool Read() noexcept {
  std::uintptr_t allocator = 0;
  CodeRange loader;
  return NameCrypto(&allocator) && NameTls(&loader) && allocator != 0 && Calls(loader, allocator);
}

Use UseAt(std::uintptr_t begin) noexcept {
  const Named* end = code.named + code.named_count;
  const Named* found = std::lower_bound(
      static_cast<const Named*>(code.named), end, begin,
      [](const Named& named, std::uintptr_t address) { return named.begin < address; });
  return found != end && found->begin == begin ? found->use : Use::kUnnamed;
}

bool IsInLoader(std::uintptr_t address) noexcept {
  return std::any_of(code.loaders, code.loaders + code.loader_count,
                     [address](const CodeRange& loader) { return loader.Contains(address); });
}

struct Walk {
  bool from_tls;
  bool is_mac = false;
  bool is_public_key = false;
  Caller caller = Caller::kUnknown;
};

// use: of the function that libssl has called.
bool IsForConnection(Use use, const Walk& walk) noexcept {
  return walk.from_tls || walk.is_public_key || use == Use::kConnection ||
         (use == Use::kSigner && walk.is_mac);
}

bool Visit(std::uintptr_t address, void* data) noexcept {
  auto* walk = static_cast<Walk*>(data);
  // The call, not what follows it: that may be the next function.
  const std::uintptr_t call = address - 1;
  if (code.ours.Contains(call)) {
    return true;
  }
  if (code.crypto.object.code.Contains(call)) {
    const Use use = UseAt(CallTarget(address, code.crypto.object));
    walk->is_mac = walk->is_mac || use == Use::kMac;
    walk->is_public_key = walk->is_public_key || use == Use::kPublicKey;
    if (use == Use::kKey) {
      walk->caller = Caller::kOther;
    }
    return use != Use::kKey;
  }
  if (!code.tls.object.code.Contains(call)) {
    // Still unknown where that cannot be.
    walk->caller = walk->from_tls ? Caller::kUnknown : Caller::kOther;
  } else if (IsInLoader(call)) {
    walk->caller = Caller::kOther;
  } else {
    const Use use = UseAt(CallTarget(address, code.tls.object));
    walk->caller = IsForConnection(use, *walk) ? Caller::kConnection : Caller::kOther;
  }
  return false;
}

}  // namespace

void FindSharedOpenSsl(const LoadedObject& libcrypto, const LoadedObject& libssl) noexcept {
  code.crypto.object = libcrypto;
  code.tls.object = libssl;
  LoadedObject ours;
  if (code.crypto.symbols.Find(libcrypto) && code.tls.symbols.Find(libssl) &&
      std::strcmp(code.crypto.symbols.Soname(), "libcrypto.so.3") == 0 &&
      std::strcmp(code.tls.symbols.Soname(), "libssl.so.3") == 0 &&
      FindObject(reinterpret_cast<const void*>(&Visit), &ours) && FindUnwinder()) {
    code.ours = ours.code;
    trust.Offer();
  }
}

Caller CallerInSharedOpenSsl(bool from_tls) noexcept {
  if (!trust.Holds(Read)) {
    return Caller::kUnknown;
  }
  Walk walk{from_tls};
  Unwind(Visit, &walk);
  if (walk.caller == Caller::kUnknown) {
    // The stack ended within OpenSSL, or had no libssl where it must be: this walk is blind here.
    trust.Lose();
  }
  return walk.caller;
}

bool SharedOpenSslIsTrusted() noexcept { return trust.Holds(Read); }

}  // namespace memfd_secret::preload
