#include "napi/handover.h"

#include "napi/values.h"
#include "sys/unix_socket.h"

namespace memfd_secret::napi {
namespace {

// Longer than any path of a Unix socket, so that a longer one is ENAMETOOLONG and not cut.
struct Path {
  char text[256] = {};

  Path(napi_env env, napi_value value) noexcept {
    std::size_t length = 0;
    napi_get_value_string_utf8(env, value, text, sizeof(text), &length);
  }
};

int ToDescriptor(napi_env env, napi_value value) noexcept {
  return static_cast<int>(ToDouble(env, value));
}

napi_value DescriptorOr(napi_env env, sys::Status status, int descriptor) noexcept {
  return status.ok() ? Number(env, static_cast<double>(descriptor)) : Number(env, status);
}

// bindSocket(path): a descriptor, or a failure.
napi_value BindSocket(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Path path(env, arguments[0]);
  int descriptor = -1;
  const sys::Status status = sys::BindUnixSocket(path.text, &descriptor);
  return DescriptorOr(env, status, descriptor);
}

// listenSocket(descriptor): 0, or a failure.
napi_value ListenSocket(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  return Number(env, sys::ListenUnixSocket(ToDescriptor(env, arguments[0])));
}

// acceptSocket(descriptor): a descriptor, or a failure.
napi_value AcceptSocket(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  int connection = -1;
  const sys::Status status = sys::AcceptUnixSocket(ToDescriptor(env, arguments[0]), &connection);
  return DescriptorOr(env, status, connection);
}

// connectSocket(path): a descriptor, or a failure.
napi_value ConnectSocket(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Path path(env, arguments[0]);
  int connection = -1;
  const sys::Status status = sys::ConnectUnixSocket(path.text, &connection);
  return DescriptorOr(env, status, connection);
}

// peerUser(descriptor): a user id, or a failure.
napi_value PeerUser(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  uid_t user = 0;
  const sys::Status status = sys::PeerUser(ToDescriptor(env, arguments[0]), &user);
  return status.ok() ? Number(env, static_cast<double>(user)) : Number(env, status);
}

// sendDescriptor(connection, bytes, carried): how many bytes went, or a failure. carried: -1 for
// none.
napi_value SendDescriptor(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Span bytes = ToSpan(env, arguments[1]);
  std::size_t sent = 0;
  const sys::Status status =
      sys::SendDescriptor(ToDescriptor(env, arguments[0]), bytes.data, bytes.length,
                          ToDescriptor(env, arguments[2]), &sent);
  return status.ok() ? Number(env, static_cast<double>(sent)) : Number(env, status);
}

// receiveDescriptor(connection, bytes): bytes received + 4096 * (the descriptor that came + 1, or
// 0), or a failure. bytes: fewer than 4096.
napi_value ReceiveDescriptor(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Span bytes = ToSpan(env, arguments[1]);
  std::size_t received = 0;
  int carried = -1;
  const sys::Status status = sys::ReceiveDescriptor(ToDescriptor(env, arguments[0]), bytes.data,
                                                    bytes.length, &received, &carried);
  return status.ok() ? Number(env, static_cast<double>(received) +
                                       4096.0 * (static_cast<double>(carried) + 1))
                     : Number(env, status);
}

}  // namespace

bool RegisterHandover(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"bindSocket", BindSocket},
                                            {"listenSocket", ListenSocket},
                                            {"acceptSocket", AcceptSocket},
                                            {"connectSocket", ConnectSocket},
                                            {"peerUser", PeerUser},
                                            {"sendDescriptor", SendDescriptor},
                                            {"receiveDescriptor", ReceiveDescriptor}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
