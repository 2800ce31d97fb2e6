#include "sys/unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace memfd_secret::sys {
namespace {

// The most descriptors that one message carries (SCM_MAX_FD of the kernel): room for all, so that
// none is left open behind a truncated message.
constexpr std::size_t kMostCarried = 253;

Status ToAddress(const char* path, sockaddr_un* address) noexcept {
  const std::size_t length = std::strlen(path);
  if (length == 0 || length >= sizeof(address->sun_path)) {
    return {Call::kBind, length == 0 ? ENOENT : ENAMETOOLONG};
  }
  *address = {};
  address->sun_family = AF_UNIX;
  std::memcpy(address->sun_path, path, length);
  return kOk;
}

// Opens a socket and calls name (bind or connect) with the address of path.
Status OpenAt(const char* path, Call call, int (*name)(int, const sockaddr*, socklen_t),
              int* descriptor) noexcept {
  sockaddr_un address{};
  if (const Status status = ToAddress(path, &address); !status.ok()) {
    return {call, status.error};
  }
  const int opened = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (opened < 0) {
    return Failed(Call::kSocket);
  }
  if (name(opened, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const Status status = Failed(call);
    close(opened);
    return status;
  }
  *descriptor = opened;
  return kOk;
}

// A plain function with C linkage has no noexcept in musl's headers and has it in glibc's.
int Bind(int descriptor, const sockaddr* address, socklen_t length) {
  return bind(descriptor, address, length);
}

int Connect(int descriptor, const sockaddr* address, socklen_t length) {
  return connect(descriptor, address, length);
}

// The descriptor that a message carried.
int TakeCarried(msghdr* message) noexcept {
  int taken = -1;
  std::size_t count = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t here = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < here; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      ++count;
      if (count == 1) {
        taken = descriptor;
      } else {
        close(descriptor);
      }
    }
  }
  if (count > 1 || (message->msg_flags & MSG_CTRUNC) != 0) {
    if (taken >= 0) {
      close(taken);
    }
    return -1;
  }
  return taken;
}

}  // namespace

Status BindUnixSocket(const char* path, int* descriptor) noexcept {
  return OpenAt(path, Call::kBind, Bind, descriptor);
}

Status ListenUnixSocket(int descriptor) noexcept {
  return listen(descriptor, 1) == 0 ? kOk : Failed(Call::kListen);
}

Status AcceptUnixSocket(int descriptor, int* connection) noexcept {
  const int accepted = accept4(descriptor, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted < 0) {
    // EINTR and a peer that gave up meanwhile are no failure of this socket: ask again.
    return {Call::kAccept, errno == EINTR || errno == ECONNABORTED ? EAGAIN : errno};
  }
  *connection = accepted;
  return kOk;
}

Status ConnectUnixSocket(const char* path, int* connection) noexcept {
  return OpenAt(path, Call::kConnect, Connect, connection);
}

Status PeerUser(int descriptor, uid_t* user) noexcept {
  int domain = 0;
  socklen_t length = sizeof(domain);
  if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) {
    return Failed(Call::kGetsockopt);
  }
  if (domain != AF_UNIX) {
    return {Call::kGetsockopt, EAFNOSUPPORT};
  }
  ucred peer{};
  length = sizeof(peer);
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    return Failed(Call::kGetsockopt);
  }
  // A process id of 0: not connected, or of a process that this pid namespace does not see. The
  // user id is the overflow id then, which nobody who is let in has.
  *user = peer.uid;
  return kOk;
}

Status SendDescriptor(int connection, const unsigned char* bytes, std::size_t length, int carried,
                      std::size_t* sent) noexcept {
  iovec part{const_cast<unsigned char*>(bytes), length};
  alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (carried >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &carried, sizeof(int));
  }
  for (;;) {
    const ssize_t done = sendmsg(connection, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done >= 0) {
      *sent = static_cast<std::size_t>(done);
      return kOk;
    }
    if (errno != EINTR) {
      return Failed(Call::kSendmsg);
    }
  }
}

Status ReceiveDescriptor(int connection, unsigned char* bytes, std::size_t length,
                         std::size_t* received, int* carried) noexcept {
  iovec part{bytes, length};
  alignas(cmsghdr) unsigned char control[CMSG_SPACE(kMostCarried * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  for (;;) {
    const ssize_t done = recvmsg(connection, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (done >= 0) {
      *received = static_cast<std::size_t>(done);
      *carried = TakeCarried(&message);
      return kOk;
    }
    if (errno != EINTR) {
      return Failed(Call::kRecvmsg);
    }
  }
}

}  // namespace memfd_secret::sys
