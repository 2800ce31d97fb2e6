#pragma once

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// memfd_secret(2). flags: 0 or O_CLOEXEC (the FD_CLOEXEC that its manual page names is EINVAL).
// Answers a descriptor.
Status MemfdSecret(unsigned flags, int* descriptor) noexcept;

// A close-on-exec secret descriptor of length bytes. On failure none is left open.
Status OpenSecretDescriptor(std::size_t length, int* descriptor) noexcept;

// Whether descriptor is of memfd_secret, told by the magic number of its file system, and its size
// in bytes.
Status IsSecretDescriptor(int descriptor, bool* secret, std::size_t* length) noexcept;

}  // namespace memfd_secret::sys
