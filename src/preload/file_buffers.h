#pragma once

#include "preload/code_symbols.h"

namespace memfd_secret::preload {

// From now on a file that OpenSSL opens by stdio gets a buffer in secret memory: a key file's text
// passes through it, and libc frees its own without a wipe. openssl: what is loaded with OpenSSL in
// it; a file that somebody else opens is left alone.
void KeepFileBuffersSecret(const CodeRange& openssl) noexcept;

}  // namespace memfd_secret::preload
