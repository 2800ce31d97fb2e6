#include "codec/text.h"

#include "sys/bytes.h"

namespace memfd_secret::codec {
namespace {

// All ones where low <= c <= high, else 0, without a branch: either difference that is negative
// sets the top bit.
constexpr unsigned InRange(unsigned c, unsigned low, unsigned high) noexcept {
  return ((c - low) >> 31 | (high - c) >> 31) - 1U;
}

constexpr unsigned kBad = 0x100;

// The value of a digit, or a number with kBad set. The ranges exclude each other, so the sums never
// mix.
constexpr unsigned HexValue(unsigned c) noexcept {
  const unsigned digit = InRange(c, '0', '9');
  const unsigned upper = InRange(c, 'A', 'F');
  const unsigned lower = InRange(c, 'a', 'f');
  return (digit & (c - '0')) | (upper & (c - 'A' + 10)) | (lower & (c - 'a' + 10)) |
         (~(digit | upper | lower) & kBad);
}

constexpr unsigned Base64Value(unsigned c, unsigned c62, unsigned c63) noexcept {
  const unsigned upper = InRange(c, 'A', 'Z');
  const unsigned lower = InRange(c, 'a', 'z');
  const unsigned digit = InRange(c, '0', '9');
  const unsigned is62 = InRange(c, c62, c62);
  const unsigned is63 = InRange(c, c63, c63);
  return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) | (is62 & 62U) |
         (is63 & 63U) | (~(upper | lower | digit | is62 | is63) & kBad);
}

constexpr unsigned char HexDigit(unsigned value) noexcept {
  return static_cast<unsigned char>('0' + value + (InRange(value, 10, 15) & ('a' - '0' - 10U)));
}

constexpr unsigned char Base64Digit(unsigned v, unsigned c62, unsigned c63) noexcept {
  return static_cast<unsigned char>((InRange(v, 0, 25) & ('A' + v)) |
                                    (InRange(v, 26, 51) & ('a' + v - 26)) |
                                    (InRange(v, 52, 61) & ('0' + v - 52)) |
                                    (InRange(v, 62, 62) & c62) | (InRange(v, 63, 63) & c63));
}

static_assert(HexValue('f') == 15 && HexValue('A') == 10 && HexValue('g') == kBad &&
              HexValue('/') == kBad);
static_assert(Base64Value('+', '+', '/') == 62 && Base64Value('_', '+', '/') == kBad);
static_assert(HexDigit(9) == '9' && HexDigit(10) == 'a' && Base64Digit(63, '-', '_') == '_');

struct Alphabet {
  unsigned c62;
  unsigned c63;
};

constexpr Alphabet AlphabetOf(Encoding encoding) noexcept {
  return encoding == Encoding::kBase64Url ? Alphabet{'-', '_'} : Alphabet{'+', '/'};
}

// Characters without the padding; kMalformed where the padding does not fit.
std::size_t Unpadded(Encoding encoding, const unsigned char* text, std::size_t length) noexcept {
  std::size_t digits = length;
  while (digits > 0 && length - digits < 2 && text[digits - 1] == '=') {
    --digits;
  }
  const std::size_t padding = length - digits;
  const bool whole = length % 4 == 0;
  const bool may_lack = encoding == Encoding::kBase64Url && padding == 0;
  const bool fits = digits % 4 != 1 && (whole || may_lack);
  return fits ? digits : kMalformed;
}

unsigned DecodeHex(const unsigned char* text, std::size_t length, unsigned char* bytes) noexcept {
  unsigned bad = 0;
  for (std::size_t i = 0; i < length / 2; ++i) {
    const unsigned value = HexValue(text[2 * i]) << 4U | HexValue(text[2 * i + 1]);
    bad |= HexValue(text[2 * i]) | HexValue(text[2 * i + 1]);
    bytes[i] = static_cast<unsigned char>(value);
  }
  return bad & kBad;
}

unsigned DecodeBase64(Alphabet alphabet, const unsigned char* text, std::size_t digits,
                      unsigned char* bytes) noexcept {
  unsigned bad = 0;
  unsigned bits = 0;
  unsigned count = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const unsigned value = Base64Value(text[i], alphabet.c62, alphabet.c63);
    bad |= value & kBad;
    bits = bits << 6U | (value & 63U);
    count += 6;
    if (count >= 8) {
      count -= 8;
      *bytes++ = static_cast<unsigned char>(bits >> count);
    }
  }
  // Bits left over would let two texts stand for one secret.
  return bad | (bits & ((1U << count) - 1U));
}

}  // namespace

std::size_t DecodedLength(Encoding encoding, const unsigned char* text,
                          std::size_t length) noexcept {
  if (encoding == Encoding::kHex) {
    return length % 2 == 0 ? length / 2 : kMalformed;
  }
  const std::size_t digits = Unpadded(encoding, text, length);
  return digits == kMalformed ? kMalformed
                              : digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
}

bool Decode(Encoding encoding, const unsigned char* text, std::size_t length,
            unsigned char* bytes) noexcept {
  const std::size_t decoded = DecodedLength(encoding, text, length);
  if (decoded == kMalformed) {
    return false;
  }
  const unsigned bad =
      encoding == Encoding::kHex
          ? DecodeHex(text, length, bytes)
          : DecodeBase64(AlphabetOf(encoding), text, Unpadded(encoding, text, length), bytes);
  if (bad != 0) {
    sys::Wipe(bytes, decoded);
  }
  return bad == 0;
}

std::size_t EncodedLength(Encoding encoding, std::size_t length) noexcept {
  switch (encoding) {
    case Encoding::kHex:
      return length * 2;
    case Encoding::kBase64:
      return (length + 2) / 3 * 4;
    default:
      return length / 3 * 4 + (length % 3 == 0 ? 0 : length % 3 + 1);
  }
}

void Encode(Encoding encoding, const unsigned char* bytes, std::size_t length,
            unsigned char* text) noexcept {
  if (encoding == Encoding::kHex) {
    for (std::size_t i = 0; i < length; ++i) {
      *text++ = HexDigit(bytes[i] >> 4U);
      *text++ = HexDigit(bytes[i] & 15U);
    }
    return;
  }
  const Alphabet alphabet = AlphabetOf(encoding);
  unsigned bits = 0;
  unsigned count = 0;
  std::size_t written = 0;
  for (std::size_t i = 0; i < length; ++i) {
    bits = bits << 8U | bytes[i];
    for (count += 8; count >= 6; ++written) {
      count -= 6;
      *text++ = Base64Digit(bits >> count & 63U, alphabet.c62, alphabet.c63);
    }
  }
  if (count > 0) {
    *text++ = Base64Digit(bits << (6 - count) & 63U, alphabet.c62, alphabet.c63);
    ++written;
  }
  for (const std::size_t whole = EncodedLength(encoding, length); written < whole; ++written) {
    *text++ = '=';
  }
}

}  // namespace memfd_secret::codec
