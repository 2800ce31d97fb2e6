#include "napi/contents.h"

#include <cstring>

#include "napi/lifetime.h"
#include "sys/bytes.h"
#include "sys/getrandom.h"

namespace memfd_secret::napi {
namespace {

// lib has checked the bounds; this check is the last line against writing over a neighbour.
bool Fits(std::size_t offset, std::size_t count, std::size_t length) noexcept {
  return offset <= length && count <= length - offset;
}

// fillRandom(handle)
napi_value FillRandom(napi_env env, napi_callback_info info) noexcept {
  Lifetime* lifetime = ToOpenLifetime(env, Arguments(env, info), 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret opened(lifetime);
  return Number(env, opened.status().ok() ? sys::FillRandom(opened.data(), lifetime->length)
                                          : opened.status());
}

// fill(handle, byte)
napi_value Fill(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret opened(lifetime);
  if (opened.status().ok()) {
    std::memset(opened.data(), static_cast<int>(ToSize(env, arguments[1])), lifetime->length);
  }
  return Number(env, opened.status());
}

// copyIn(handle, offset, bytes): memmove, since the bytes may be a view of this very secret.
napi_value CopyIn(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  const std::size_t offset = ToSize(env, arguments[1]);
  const Span source = ToSpan(env, arguments[2]);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret opened(lifetime);
  if (opened.status().ok() && source.length > 0 && Fits(offset, source.length, lifetime->length)) {
    std::memmove(opened.data() + offset, source.data, source.length);
  }
  return Number(env, opened.status());
}

// copyOut(handle, start, bytes): fills bytes.
napi_value CopyOut(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  const std::size_t start = ToSize(env, arguments[1]);
  const Span target = ToSpan(env, arguments[2]);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret opened(lifetime);
  if (opened.status().ok() && target.length > 0 && Fits(start, target.length, lifetime->length)) {
    std::memmove(target.data, opened.data() + start, target.length);
  }
  return Number(env, opened.status());
}

// copyBetween(from, start, to, offset, count)
napi_value CopyBetween(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* from = ToOpenLifetime(env, arguments, 0);
  Lifetime* to = ToOpenLifetime(env, arguments, 2);
  const std::size_t start = ToSize(env, arguments[1]);
  const std::size_t offset = ToSize(env, arguments[3]);
  const std::size_t count = ToSize(env, arguments[4]);
  if (from == nullptr || to == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret source(from);
  const OpenedSecret target(to);
  if (!source.status().ok()) {
    return Number(env, source.status());
  }
  if (target.status().ok() && Fits(start, count, from->length) && Fits(offset, count, to->length)) {
    std::memmove(target.data() + offset, source.data() + start, count);
  }
  return Number(env, target.status());
}

// equals(handle, bytes): of equal length, in constant time in the contents. A number where the
// secret could not be looked at.
napi_value EqualsBytes(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  const Span other = ToSpan(env, arguments[1]);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret opened(lifetime);
  if (!opened.status().ok()) {
    return Number(env, opened.status());
  }
  return Boolean(env, other.length == lifetime->length &&
                          sys::EqualInConstantTime(opened.data(), other.data, other.length));
}

// equalsSecret(handle, handle)
napi_value EqualsSecret(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* one = ToOpenLifetime(env, arguments, 0);
  Lifetime* other = ToOpenLifetime(env, arguments, 1);
  if (one == nullptr || other == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret first(one);
  const OpenedSecret second(other);
  if (!first.status().ok() || !second.status().ok()) {
    return Number(env, first.status().ok() ? second.status() : first.status());
  }
  return Boolean(env, one->length == other->length &&
                          sys::EqualInConstantTime(first.data(), second.data(), one->length));
}

// wipe(bytes): memory that the caller owns.
napi_value WipeBytes(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  const Span bytes = ToSpan(env, arguments[0]);
  if (bytes.length > 0) {
    sys::Wipe(bytes.data, bytes.length);
  }
  return nullptr;
}

}  // namespace

bool RegisterContents(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {
      {"fillRandom", FillRandom},   {"fill", Fill},          {"copyIn", CopyIn},
      {"copyOut", CopyOut},         {"equals", EqualsBytes}, {"equalsSecret", EqualsSecret},
      {"copyBetween", CopyBetween}, {"wipe", WipeBytes},
  };
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
