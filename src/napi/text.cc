#include "napi/text.h"

#include "codec/text.h"
#include "napi/lifetime.h"

namespace memfd_secret::napi {
namespace {

bool ToEncoding(napi_env env, napi_value value, codec::Encoding* encoding) noexcept {
  const std::size_t number = ToSize(env, value);
  *encoding = static_cast<codec::Encoding>(number);
  return number < static_cast<std::size_t>(codec::Encoding::kCount);
}

unsigned char* BytesOf(const OpenedSecret& opened) noexcept {
  return reinterpret_cast<unsigned char*>(opened.data());
}

// writeLatin1(handle, string): V8 writes the characters straight into the secret; of a two-byte
// string each low byte. The secret is one byte longer than the text, since Node-API ends it with a
// zero.
napi_value WriteLatin1(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  if (lifetime == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  // V8 flattens a string here, and runs no JavaScript.
  const OpenedSecret opened(lifetime);
  if (!opened.status().ok()) {
    return Number(env, opened.status());
  }
  std::size_t written = 0;
  napi_get_value_string_latin1(env, arguments[1], reinterpret_cast<char*>(opened.data()),
                               lifetime->length, &written);
  return Number(env, static_cast<double>(written));
}

// decodedLength(handle, length, encoding): of the first length characters of text; 0 where
// malformed, and never below but for a failure.
napi_value DecodedLength(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  const std::size_t length = ToSize(env, arguments[1]);
  codec::Encoding encoding{};
  if (lifetime == nullptr || length > lifetime->length ||
      !ToEncoding(env, arguments[2], &encoding)) {
    return Number(env, 0.0);
  }
  const OpenedSecret opened(lifetime);
  if (!opened.status().ok()) {
    return Number(env, opened.status());
  }
  const std::size_t decoded = codec::DecodedLength(encoding, BytesOf(opened), length);
  return Number(env, decoded == codec::kMalformed ? 0.0 : static_cast<double>(decoded));
}

// decode(text, length, bytes, encoding): whether the text was well-formed, or a failure.
napi_value Decode(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* text = ToOpenLifetime(env, arguments, 0);
  Lifetime* bytes = ToOpenLifetime(env, arguments, 2);
  const std::size_t length = ToSize(env, arguments[1]);
  codec::Encoding encoding{};
  if (text == nullptr || bytes == nullptr || length > text->length ||
      !ToEncoding(env, arguments[3], &encoding)) {
    return Boolean(env, false);
  }
  const OpenedSecret source(text);
  const OpenedSecret target(bytes);
  if (!source.status().ok() || !target.status().ok()) {
    return Number(env, source.status().ok() ? target.status() : source.status());
  }
  return Boolean(env, codec::DecodedLength(encoding, BytesOf(source), length) == bytes->length &&
                          codec::Decode(encoding, BytesOf(source), length, BytesOf(target)));
}

// encode(bytes, text, encoding): text is of exactly the encoded length.
napi_value Encode(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* bytes = ToOpenLifetime(env, arguments, 0);
  Lifetime* text = ToOpenLifetime(env, arguments, 1);
  codec::Encoding encoding{};
  if (bytes == nullptr || text == nullptr) {
    return Number(env, Answer::kDisposed);
  }
  const OpenedSecret source(bytes);
  const OpenedSecret target(text);
  if (!source.status().ok()) {
    return Number(env, source.status());
  }
  if (target.status().ok() && ToEncoding(env, arguments[2], &encoding) &&
      codec::EncodedLength(encoding, bytes->length) == text->length) {
    codec::Encode(encoding, BytesOf(source), bytes->length, BytesOf(target));
  }
  return Number(env, target.status());
}

}  // namespace

bool RegisterText(napi_env env, napi_value exports, Environment* environment) noexcept {
  static constexpr Function kFunctions[] = {{"writeLatin1", WriteLatin1},
                                            {"decodedLength", DecodedLength},
                                            {"decode", Decode},
                                            {"encode", Encode}};
  return Export(env, exports, environment, kFunctions);
}

}  // namespace memfd_secret::napi
