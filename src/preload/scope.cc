#include "preload/scope.h"

#include <atomic>
#include <cstddef>
#include <cstring>

namespace memfd_secret::preload {
namespace {

struct Rule {
  // Ends with '/': a directory anywhere in the path. Else the path's end. Both match whole
  // components only.
  const char* path;
  Kind kind;
};

// The one table of scope "keys". First match wins; what matches nothing is kKeys.
constexpr Rule kRules[] = {
#ifdef MEMFD_SECRET_LEAVES_OUT
    // A library of test/preload/scope.test.ts: without this its scan must find a key.
    {MEMFD_SECRET_LEAVES_OUT, Kind::kElsewhere},
#endif
    // --- kElsewhere: text, tables and pointers that are the same in every process, or public by
    // their nature.
    // Names of algorithms, properties and parameters; lookup tables; lists of pointers (what they
    // point to is told by its own
    // file); the error queue; reference counts, locks and thread-local slots; configuration text.
    {"crypto/core_namemap.c", Kind::kElsewhere},
    {"crypto/core_algorithm.c", Kind::kElsewhere},
    {"crypto/core_fetch.c", Kind::kElsewhere},
    {"crypto/property/", Kind::kElsewhere},
    {"crypto/stack/", Kind::kElsewhere},
    {"crypto/lhash/", Kind::kElsewhere},
    {"crypto/hashtable/", Kind::kElsewhere},
    {"crypto/sparse_array.c", Kind::kElsewhere},
    {"crypto/err/", Kind::kElsewhere},
    {"crypto/objects/", Kind::kElsewhere},
    {"crypto/conf/", Kind::kElsewhere},
    {"crypto/context.c", Kind::kElsewhere},
    {"crypto/ex_data.c", Kind::kElsewhere},
    {"crypto/init.c", Kind::kElsewhere},
    {"crypto/initthread.c", Kind::kElsewhere},
    {"crypto/threads_pthread.c", Kind::kElsewhere},
    {"crypto/thread/", Kind::kElsewhere},
    {"crypto/provider.c", Kind::kElsewhere},
    {"crypto/provider_child.c", Kind::kElsewhere},
    {"crypto/provider_conf.c", Kind::kElsewhere},
    {"crypto/provider_core.c", Kind::kElsewhere},
    {"crypto/self_test_core.c", Kind::kElsewhere},
    {"crypto/indicator_core.c", Kind::kElsewhere},
    {"crypto/comp_methods.c", Kind::kElsewhere},
    {"crypto/trace.c", Kind::kElsewhere},
    // Tables of functions. The contexts that hold data are made by the files beside them.
    {"crypto/evp/keymgmt_meth.c", Kind::kElsewhere},
    {"crypto/evp/kdf_meth.c", Kind::kElsewhere},
    {"crypto/evp/mac_meth.c", Kind::kElsewhere},
    {"crypto/evp/evp_fetch.c", Kind::kElsewhere},
    {"crypto/bio/bio_meth.c", Kind::kElsewhere},
    {"crypto/ec/ec_kmeth.c", Kind::kElsewhere},
    {"crypto/encode_decode/decoder_meth.c", Kind::kElsewhere},
    {"crypto/encode_decode/encoder_meth.c", Kind::kElsewhere},
    // A BIO's frame: function tables and a reference count. Its buffer (buffer.c, bss_mem.c,
    // bf_*.c) is not here.
    {"crypto/bio/bio_lib.c", Kind::kElsewhere},
    {"crypto/bio/bss_core.c", Kind::kElsewhere},
    // A MAC's frame, a pair of which each connection with such a cipher has. The MAC is in macs/.
    {"providers/implementations/signature/mac_legacy_sig.c", Kind::kElsewhere},
    // Certificates, signed and public. Not asn1_lib.c: an OCTET STRING of PKCS#8 holds the key
    // itself. tasn_new.c makes
    // structures of pointers, tasn_utl.c keeps encodings of certificates, requests and lists,
    // a_bitstr.c public keys and
    // signatures (a private key is an OCTET STRING or an INTEGER in every format).
    {"crypto/asn1/tasn_new.c", Kind::kElsewhere},
    {"crypto/asn1/tasn_utl.c", Kind::kElsewhere},
    {"crypto/asn1/a_bitstr.c", Kind::kElsewhere},
    {"crypto/asn1/a_object.c", Kind::kElsewhere},
    {"crypto/x509/x_name.c", Kind::kElsewhere},
    {"crypto/x509/x_pubkey.c", Kind::kElsewhere},
    {"crypto/x509/x509_lu.c", Kind::kElsewhere},
    {"crypto/x509/x509_vpm.c", Kind::kElsewhere},
    {"crypto/x509/x509_vfy.c", Kind::kElsewhere},
    {"crypto/x509/x509_obj.c", Kind::kElsewhere},
    {"crypto/x509/x509_cmp.c", Kind::kElsewhere},
    {"crypto/x509/pcy_", Kind::kElsewhere},
    {"crypto/ct/", Kind::kElsewhere},
    {"crypto/ocsp/", Kind::kElsewhere},
    // Record buffers: what goes over the wire, and the application's own data, of which copies lie
    // in its buffers anyway. In
    // tls_common.c also a record layer's frame; its keys are in cipher contexts, its IV in
    // tls*_meth.c.
    {"ssl/record/ssl3_buffer.c", Kind::kElsewhere},
    {"ssl/record/methods/tls_common.c", Kind::kElsewhere},
    {"ssl/record/methods/tls_multib.c", Kind::kElsewhere},
    // Lists of ciphers; pointers to the keys and certificates of a context.
    {"ssl/ssl_ciph.c", Kind::kElsewhere},
    {"ssl/ssl_cert.c", Kind::kElsewhere},

    // --- kConnections: state of TLS connections, with their traffic secrets (ssl_lib.c), session
    // keys (ssl_sess.c), premaster
    // secrets (s3_lib.c, statem_*.c) and decrypted tickets (t1_lib.c); and the buffer of handshake
    // messages.
    {"ssl/", Kind::kConnections},
    {"crypto/bio/bf_buff.c", Kind::kConnections},
    {"include/internal/packet.h", Kind::kConnections},
    {"crypto/packet.c", Kind::kConnections},

    // --- kOperations: each connection keeps some for its life, and so may a key. So it is with
    // digests, curves and bignums, but there the files do not say which.
    {"providers/implementations/ciphers/", Kind::kOperations},
    {"crypto/evp/evp_enc.c", Kind::kOperations},
    {"crypto/evp/p_lib.c", Kind::kOperations},
    // PEM and DER text of keys, but also the 16 KiB in which an unfinished handshake collects
    // messages.
    {"crypto/buffer/buffer.c", Kind::kOperations},
    {"crypto/ml_kem/", Kind::kOperations},
    {"providers/implementations/keymgmt/mlx_kmgmt.c", Kind::kOperations},

    // --- The rest is kKeys. scope.test.ts sees the bytes of keys in asn1/, bn/, buffer/, ec/, evp/
    // (encode.c), param_build.c, params.c, pem/, pkcs12/, the ciphers, hmac_prov.c and Node's own
    // files. Argued: contexts of digests and MACs hold the state that a key was absorbed into,
    // which
    // forges as well as the key; those of evp/ what an engine's cipher or digest keeps, and blocks
    // of text; those of kdfs/ and exchange/ secrets while they work; a BIO's memory what is read;
    // rands/ and rand/ what the next keys are made of; mem_sec.c whatever is asked for securely.
};

bool BeginsComponent(const char* path, const char* at) noexcept {
  return at == path || at[-1] == '/';
}

bool Matches(const char* path, std::size_t length, const char* pattern) noexcept {
  const std::size_t size = std::strlen(pattern);
  const bool whole_end = pattern[size - 1] != '/' && pattern[size - 1] != '_';
  if (whole_end) {
    return length >= size && std::memcmp(path + length - size, pattern, size) == 0 &&
           BeginsComponent(path, path + length - size);
  }
  for (const char* at = std::strstr(path, pattern); at != nullptr;
       at = std::strstr(at + 1, pattern)) {
    if (BeginsComponent(path, at)) {
      return true;
    }
  }
  return false;
}

Kind Search(const char* file) noexcept {
  const std::size_t length = std::strlen(file);
  for (const Rule& rule : kRules) {
    if (Matches(file, length, rule.path)) {
      return rule.kind;
    }
  }
  return Kind::kKeys;
}

// The answers, by the address of the name: a string literal, the same one at each call. One word
// holds both, so that readers need no lock. An address has at most 56 bits where Linux runs.
constexpr std::size_t kSlots = 4096;
constexpr std::size_t kProbes = 8;
std::atomic<std::uint64_t> answers[kSlots];

}  // namespace

Kind KindOf(Scope scope, const char* file) noexcept {
  if (file == nullptr || file[0] == '\0') {
    return Kind::kKeys;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(file);
  const std::size_t first = (address * 0x9e3779b97f4a7c15ULL) >> 52;
  static_assert(kSlots == std::size_t{1} << (64 - 52));
  for (std::size_t probe = 0; probe < kProbes; ++probe) {
    std::atomic<std::uint64_t>& answer = answers[(first + probe) % kSlots];
    std::uint64_t known = answer.load(std::memory_order_relaxed);
    if (known >> 8 == address) {
      return static_cast<Kind>(known & 0xff);
    }
    if (known == 0) {
      Kind kind = Search(file);
      if (scope == Scope::kAll && kind == Kind::kElsewhere) {
        // Not kKeys: most of this is the connections', and none of it needs the reserve.
        kind = Kind::kConnections;
      }
      answer.compare_exchange_strong(
          known, static_cast<std::uint64_t>(address) << 8 | static_cast<std::uint64_t>(kind),
          std::memory_order_relaxed);
      return kind;
    }
  }
  const Kind kind = Search(file);
  return scope == Scope::kAll && kind == Kind::kElsewhere ? Kind::kConnections : kind;
}

bool IsOfTls(const char* file) noexcept {
  return file != nullptr && Matches(file, std::strlen(file), "ssl/");
}

}  // namespace memfd_secret::preload
