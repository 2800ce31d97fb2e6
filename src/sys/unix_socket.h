#pragma once

#include <sys/types.h>

#include <cstddef>

#include "sys/status.h"

namespace memfd_secret::sys {

// Unix stream sockets that carry a descriptor. Nothing here ever waits: EAGAIN where it would. All
// descriptors are close-on-exec.

// A socket bound to path and not yet listening, so that its mode can be set before anybody
// connects.
Status BindUnixSocket(const char* path, int* descriptor) noexcept;
Status ListenUnixSocket(int descriptor) noexcept;
Status AcceptUnixSocket(int descriptor, int* connection) noexcept;
Status ConnectUnixSocket(const char* path, int* connection) noexcept;

// The user id of the process at the other end, when it connected or began to listen (SO_PEERCRED).
// EAFNOSUPPORT where descriptor is no Unix socket.
Status PeerUser(int descriptor, uid_t* user) noexcept;

// Sends bytes, the descriptor `carried` (-1: none) going with the first of them; what is sent may
// be less than all. A peer that is gone is EPIPE, never a signal.
Status SendDescriptor(int connection, const unsigned char* bytes, std::size_t length, int carried,
                      std::size_t* sent) noexcept;

// Receives up to length bytes (0: the end), and the descriptor that came with them, or -1. Of more
// than one descriptor all are closed: nobody sends them but to fill the table.
Status ReceiveDescriptor(int connection, unsigned char* bytes, std::size_t length,
                         std::size_t* received, int* carried) noexcept;

}  // namespace memfd_secret::sys
