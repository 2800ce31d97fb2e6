// The C library's functions for descriptors, in front of its own.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdarg>

#include "injector/judge.h"
#include "injector/watched_memory.h"

namespace memfd_secret::faults {

extern "C" {

int close(int descriptor) {
  static auto* next = Next<int(int)>("close");
  const void* caller = __builtin_return_address(0);
  if (IsWatched(caller)) {
    NoteClosed(descriptor);
  }
  const int answer = next(descriptor);
  // Linux frees the number even where it answers an error.
  return Fails(Site::kClose, caller) ? -1 : answer;
}

int ftruncate(int descriptor, off_t length) noexcept {
  static auto* next = Next<int(int, off_t)>("ftruncate");
  return Fails(Site::kFtruncate, __builtin_return_address(0)) ? -1 : next(descriptor, length);
}

int fstatfs(int descriptor, struct statfs* facts) noexcept {
  static auto* next = Next<int(int, struct statfs*)>("fstatfs");
  return Fails(Site::kFstatfs, __builtin_return_address(0)) ? -1 : next(descriptor, facts);
}

ssize_t read(int descriptor, void* into, std::size_t length) {
  static auto* next = Next<ssize_t(int, void*, std::size_t)>("read");
  return Fails(Site::kRead, __builtin_return_address(0)) ? -1 : next(descriptor, into, length);
}

ssize_t write(int descriptor, const void* from, std::size_t length) {
  static auto* next = Next<ssize_t(int, const void*, std::size_t)>("write");
  return Fails(Site::kWrite, __builtin_return_address(0)) ? -1 : next(descriptor, from, length);
}

int poll(pollfd* waiting, nfds_t count, int timeout) {
  static auto* next = Next<int(pollfd*, nfds_t, int)>("poll");
  return Fails(Site::kPoll, __builtin_return_address(0)) ? -1 : next(waiting, count, timeout);
}

int open(const char* path, int flags, ...) {
  static auto* next = Next<int(const char*, int, ...)>("open");
  const void* caller = __builtin_return_address(0);
  std::va_list more;
  va_start(more, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : mode_t{0};
  va_end(more);
  return Fails(Site::kOpen, caller) ? -1 : next(path, flags, mode);
}

int fcntl(int descriptor, int command, ...) {
  static auto* next = Next<int(int, int, ...)>("fcntl");
  const void* caller = __builtin_return_address(0);
  std::va_list more;
  va_start(more, command);
  void* argument = va_arg(more, void*);
  va_end(more);
  return Fails(Site::kFcntl, caller) ? -1 : next(descriptor, command, argument);
}

int pipe2(int* ends, int flags) noexcept {
  static auto* next = Next<int(int*, int)>("pipe2");
  return Fails(Site::kPipe, __builtin_return_address(0)) ? -1 : next(ends, flags);
}

ssize_t getxattr(const char* path, const char* name, void* value, std::size_t size) noexcept {
  static auto* next = Next<ssize_t(const char*, const char*, void*, std::size_t)>("getxattr");
  return Fails(Site::kGetxattr, __builtin_return_address(0)) ? -1 : next(path, name, value, size);
}

int socket(int domain, int type, int protocol) noexcept {
  static auto* next = Next<int(int, int, int)>("socket");
  return Fails(Site::kSocket, __builtin_return_address(0)) ? -1 : next(domain, type, protocol);
}

int bind(int descriptor, const sockaddr* address, socklen_t length) noexcept {
  static auto* next = Next<int(int, const sockaddr*, socklen_t)>("bind");
  return Fails(Site::kBind, __builtin_return_address(0)) ? -1 : next(descriptor, address, length);
}

int listen(int descriptor, int backlog) noexcept {
  static auto* next = Next<int(int, int)>("listen");
  return Fails(Site::kListen, __builtin_return_address(0)) ? -1 : next(descriptor, backlog);
}

int connect(int descriptor, const sockaddr* address, socklen_t length) {
  static auto* next = Next<int(int, const sockaddr*, socklen_t)>("connect");
  return Fails(Site::kConnect, __builtin_return_address(0)) ? -1
                                                            : next(descriptor, address, length);
}

int accept4(int descriptor, sockaddr* address, socklen_t* length, int flags) {
  static auto* next = Next<int(int, sockaddr*, socklen_t*, int)>("accept4");
  return Fails(Site::kAccept, __builtin_return_address(0))
             ? -1
             : next(descriptor, address, length, flags);
}

int getsockopt(int descriptor, int level, int name, void* value, socklen_t* length) noexcept {
  static auto* next = Next<int(int, int, int, void*, socklen_t*)>("getsockopt");
  return Fails(Site::kGetsockopt, __builtin_return_address(0))
             ? -1
             : next(descriptor, level, name, value, length);
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  static auto* next = Next<ssize_t(int, const msghdr*, int)>("sendmsg");
  return Fails(Site::kSendmsg, __builtin_return_address(0)) ? -1 : next(descriptor, message, flags);
}

ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
  static auto* next = Next<ssize_t(int, msghdr*, int)>("recvmsg");
  return Fails(Site::kRecvmsg, __builtin_return_address(0)) ? -1 : next(descriptor, message, flags);
}

}  // extern "C"

}  // namespace memfd_secret::faults
