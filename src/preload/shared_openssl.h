#pragma once

#include "preload/caller.h"
#include "preload/code_symbols.h"

namespace memfd_secret::preload {

// The callers in a program that is linked to OpenSSL's two shared libraries, told by the unwinder.

// At the start. Nothing is told where the objects are no libcrypto and libssl of OpenSSL 3, or
// where there is no unwinder.
void FindSharedOpenSsl(const LoadedObject& libcrypto, const LoadedObject& libssl) noexcept;

[[nodiscard]] Caller CallerInSharedOpenSsl(bool from_tls) noexcept;

[[nodiscard]] bool SharedOpenSslIsTrusted() noexcept;

}  // namespace memfd_secret::preload
