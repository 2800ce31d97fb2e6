// Hexadecimal and both base64: every text against a decoder by table that shares nothing with
// codec/text.cc, and every byte string written and read back.
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "codec/text.h"
#include "support/check.h"
#include "support/input.h"
#include "support/target.h"

namespace memfd_secret::fuzz {
namespace {

using codec::Encoding;
using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct Expected {
  std::size_t length = codec::kMalformed;
  bool valid = false;
  Bytes bytes;
};

Expected ReadHex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef0123456789ABCDEF";
  Expected expected;
  if (text.size() % 2 != 0) {
    return expected;
  }
  expected.length = text.size() / 2;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = kDigits.find(text[i]);
    const std::size_t low = kDigits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return expected;
    }
    expected.bytes.push_back(static_cast<std::uint8_t>(high % 16 * 16 + low % 16));
  }
  expected.valid = true;
  return expected;
}

Expected ReadBase64(std::string_view digits, bool padding_optional, std::string_view text) {
  Expected expected;
  std::string padded(text);
  if (padding_optional && padded.size() % 4 != 0 && !text.ends_with('=')) {
    padded.append(4 - padded.size() % 4, '=');
  }
  const std::size_t padding = padded.ends_with("==") ? 2 : padded.ends_with("=") ? 1 : 0;
  // What padding completes is two or three digits, never one.
  if (padded.size() % 4 != 0 || (padded.size() - text.size()) > 2) {
    return expected;
  }
  expected.length = padded.size() / 4 * 3 - padding;
  for (std::size_t at = 0; at < padded.size(); at += 4) {
    const std::size_t used = at + 4 == padded.size() ? 4 - padding : 4;
    std::size_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t value = i < used ? digits.find(padded[at + i]) : 0;
      if (value == std::string_view::npos) {
        return expected;
      }
      group = group * 64 + value;
    }
    for (std::size_t i = 0; i < 3; ++i) {
      const auto byte = static_cast<std::uint8_t>(group >> (16 - 8 * i));
      if (i < used - 1) {
        expected.bytes.push_back(byte);
      } else if (byte != 0) {
        return expected;
      }
    }
  }
  expected.valid = true;
  return expected;
}

Expected Read(Encoding encoding, std::string_view text) {
  if (encoding == Encoding::kHex) {
    return ReadHex(text);
  }
  const bool url = encoding == Encoding::kBase64Url;
  return ReadBase64(url ? kBase64Url : kBase64, url, text);
}

// Of exactly the length, each a block of its own: the sanitizer sees one byte too many.
void CheckDecode(Encoding encoding, const Bytes& text) {
  const Expected expected =
      Read(encoding, {reinterpret_cast<const char*>(text.data()), text.size()});
  CHECK(codec::DecodedLength(encoding, text.data(), text.size()) == expected.length);
  Bytes decoded(expected.length == codec::kMalformed ? 0 : expected.length, 0xee);
  CHECK(codec::Decode(encoding, text.data(), text.size(), decoded.data()) == expected.valid);
  CHECK(decoded == (expected.valid ? expected.bytes : Bytes(decoded.size(), 0)));
}

void CheckEncode(Encoding encoding, const Bytes& bytes) {
  Bytes text(codec::EncodedLength(encoding, bytes.size()), 0xee);
  codec::Encode(encoding, bytes.data(), bytes.size(), text.data());
  const Expected read = Read(encoding, {reinterpret_cast<const char*>(text.data()), text.size()});
  CHECK(read.valid && read.bytes == bytes);
  CheckDecode(encoding, text);
}

void Run(const std::uint8_t* bytes, std::size_t length) {
  Input input(bytes, length);
  const auto encoding =
      static_cast<Encoding>(input.Below(static_cast<std::size_t>(Encoding::kCount)));
  Bytes text(input.rest(), input.rest() + input.left());
  text.shrink_to_fit();
  CheckDecode(encoding, text);
  CheckEncode(encoding, text);
}

const Target kTarget{"decoders", Run};

}  // namespace
}  // namespace memfd_secret::fuzz
