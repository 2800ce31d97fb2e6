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

const unsigned char* TextOf(const Lifetime* lifetime) noexcept {
  return reinterpret_cast<const unsigned char*>(lifetime->slot->data);
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
  std::size_t written = 0;
  napi_get_value_string_latin1(env, arguments[1], reinterpret_cast<char*>(lifetime->slot->data),
                               lifetime->length, &written);
  return Number(env, static_cast<double>(written));
}

// decodedLength(handle, length, encoding): of the first length characters of text; -1 where
// malformed.
napi_value DecodedLength(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* lifetime = ToOpenLifetime(env, arguments, 0);
  const std::size_t length = ToSize(env, arguments[1]);
  codec::Encoding encoding{};
  if (lifetime == nullptr || length > lifetime->length ||
      !ToEncoding(env, arguments[2], &encoding)) {
    return Number(env, -1);
  }
  const std::size_t decoded = codec::DecodedLength(encoding, TextOf(lifetime), length);
  return Number(env, decoded == codec::kMalformed ? -1 : static_cast<double>(decoded));
}

// decode(text, length, bytes, encoding): whether the text was well-formed.
napi_value Decode(napi_env env, napi_callback_info info) noexcept {
  const Arguments arguments(env, info);
  Lifetime* text = ToOpenLifetime(env, arguments, 0);
  Lifetime* bytes = ToOpenLifetime(env, arguments, 2);
  const std::size_t length = ToSize(env, arguments[1]);
  codec::Encoding encoding{};
  if (text == nullptr || bytes == nullptr || length > text->length ||
      !ToEncoding(env, arguments[3], &encoding) ||
      codec::DecodedLength(encoding, TextOf(text), length) != bytes->length) {
    return Boolean(env, false);
  }
  return Boolean(env, codec::Decode(encoding, TextOf(text), length,
                                    reinterpret_cast<unsigned char*>(bytes->slot->data)));
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
  if (ToEncoding(env, arguments[2], &encoding) &&
      codec::EncodedLength(encoding, bytes->length) == text->length) {
    codec::Encode(encoding, TextOf(bytes), bytes->length,
                  reinterpret_cast<unsigned char*>(text->slot->data));
  }
  return Number(env, Answer::kDone);
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
