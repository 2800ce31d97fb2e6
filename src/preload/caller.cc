// Tells who allocates by walking the call stack outward for as long as it is in OpenSSL's code. A
// callback of the application ends it: what a callback loads or computes is the application's, even
// where a handshake has called it.
#include "preload/caller.h"

#include "preload/shared_openssl.h"
#include "preload/static_openssl.h"

namespace memfd_secret::preload {
namespace {

// Written once, at the start.
constinit bool shared = false;

}  // namespace

void FindOpenSslCode(const LoadedObject& object, const void* inside, const void* in_tls) noexcept {
  LoadedObject tls;
  shared = in_tls != nullptr && FindObject(in_tls, &tls) && tls.base != object.base;
  if (shared) {
    FindSharedOpenSsl(object, tls);
  } else {
    FindStaticOpenSsl(object, inside);
  }
}

Caller CallerOf(const void* frame, bool from_tls) noexcept {
  return shared ? CallerInSharedOpenSsl(from_tls) : CallerInStaticOpenSsl(frame, from_tls);
}

bool CallersAreTold() noexcept {
  return shared ? SharedOpenSslIsTrusted() : StaticOpenSslIsTrusted();
}

}  // namespace memfd_secret::preload
