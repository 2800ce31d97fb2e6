#pragma once

#include "preload/caller.h"
#include "preload/code_symbols.h"

namespace memfd_secret::preload {

// The callers in a program that has OpenSSL within it, told by frame pointers.

// inside: the address of one of OpenSSL's functions. At the start.
void FindStaticOpenSsl(const LoadedObject& object, const void* inside) noexcept;

[[nodiscard]] Caller CallerInStaticOpenSsl(const void* frame, bool from_tls) noexcept;

[[nodiscard]] bool StaticOpenSslIsTrusted() noexcept;

}  // namespace memfd_secret::preload
