#pragma once

#include <cstddef>
#include <cstdint>

namespace memfd_secret::codec {

// Text of RFC 4648, read and written in constant time in the contents: no branch and no table
// look-up depends on a byte. Lengths, and where padding stands, are public.
enum class Encoding : std::uint8_t { kHex, kBase64, kBase64Url, kCount };

inline constexpr std::size_t kMalformed = SIZE_MAX;

// Bytes that text of length characters stands for; kMalformed where no text of this length and
// padding is valid. Base64 needs its padding; base64url may have it.
[[nodiscard]] std::size_t DecodedLength(Encoding encoding, const unsigned char* text,
                                        std::size_t length) noexcept;

// Decodes into exactly DecodedLength bytes. False, and the output zeroed, for a foreign character
// or for bits that no byte needs but are not zero.
[[nodiscard]] bool Decode(Encoding encoding, const unsigned char* text, std::size_t length,
                          unsigned char* bytes) noexcept;

[[nodiscard]] std::size_t EncodedLength(Encoding encoding, std::size_t length) noexcept;
void Encode(Encoding encoding, const unsigned char* bytes, std::size_t length,
            unsigned char* text) noexcept;

}  // namespace memfd_secret::codec
