#include "audit/patterns.h"

#include <cstring>
#include <initializer_list>

#include "codec/text.h"

namespace memfd_secret::audit {
namespace {

using codec::Encoding;

// Zero bytes before the secret: encoding from 0, 1 or 2 of them on gives the three ways in which it
// can lie in longer base64 text.
constexpr std::size_t kAlignments = 3;
constexpr std::size_t kPad = kAlignments - 1;

constexpr std::size_t WithWide(std::size_t length) noexcept { return 3 * length; }

}  // namespace

std::size_t Patterns::BytesNeeded(std::size_t length) noexcept {
  const std::size_t hex = codec::EncodedLength(Encoding::kHex, length);
  const std::size_t base64 = codec::EncodedLength(Encoding::kBase64, kPad + length);
  return kPad + WithWide(length) + length + 2 * WithWide(hex) + 2 * kAlignments * WithWide(base64);
}

void Patterns::Add(const unsigned char* bytes, std::size_t length, Form form) noexcept {
  for (const Pattern& other : *this) {
    // Hex without a letter, base64 without the two characters that alphabets differ in.
    if (other.length == length && std::memcmp(other.bytes, bytes, length) == 0) {
      return;
    }
  }
  items_[count_++] = {bytes, length, form};
  shortest_ = length < shortest_ ? length : shortest_;
  longest_ = length > longest_ ? length : longest_;
}

void Patterns::AddText(const unsigned char* text, std::size_t length, Form form,
                       Form wide) noexcept {
  Add(text, length, form);
  for (std::size_t i = 0; i < length; ++i) {
    free_[2 * i] = text[i];
    free_[2 * i + 1] = 0;
  }
  Add(free_, 2 * length, wide);
  free_ += 2 * length;
}

void Patterns::BuildHex(const unsigned char* secret, std::size_t length) noexcept {
  const std::size_t digits = codec::EncodedLength(Encoding::kHex, length);
  for (const bool upper : {false, true}) {
    unsigned char* text = free_;
    codec::Encode(Encoding::kHex, secret, length, text);
    for (std::size_t i = 0; upper && i < digits; ++i) {
      // The bit that letters have and digits lack, moved to that of the lower case.
      text[i] = static_cast<unsigned char>(text[i] - ((text[i] & 0x40U) >> 1U));
    }
    free_ += digits;
    AddText(text, digits, Form::kHex, Form::kHexWide);
  }
}

void Patterns::BuildBase64(const unsigned char* padded, std::size_t length) noexcept {
  for (std::size_t before = 0; before < kAlignments; ++before) {
    for (const Encoding encoding : {Encoding::kBase64, Encoding::kBase64Url}) {
      unsigned char* text = free_;
      codec::Encode(encoding, padded + kPad - before, before + length, text);
      free_ += codec::EncodedLength(Encoding::kBase64, before + length);
      // Characters that hold six bits of the secret and none of a neighbour.
      const std::size_t from = (before * 8 + 5) / 6;
      const std::size_t to = (before + length) * 8 / 6;
      const bool url = encoding == Encoding::kBase64Url;
      AddText(text + from, to - from, url ? Form::kBase64Url : Form::kBase64,
              url ? Form::kBase64UrlWide : Form::kBase64Wide);
    }
  }
}

void Patterns::Build(unsigned char* memory, const void* secret, std::size_t length,
                     unsigned encodings) noexcept {
  unsigned char* raw = memory + kPad;
  std::memcpy(raw, secret, length);
  free_ = raw + length;
  if ((encodings & kRawBit) != 0) {
    AddText(raw, length, Form::kRaw, Form::kRawWide);
  }
  if ((encodings & kReversedBit) != 0) {
    for (std::size_t i = 0; i < length; ++i) {
      free_[i] = raw[length - 1 - i];
    }
    Add(free_, length, Form::kReversed);
    free_ += length;
  }
  if ((encodings & kHexBit) != 0) {
    BuildHex(raw, length);
  }
  if ((encodings & kBase64Bit) != 0) {
    BuildBase64(memory, length);
  }
}

}  // namespace memfd_secret::audit
