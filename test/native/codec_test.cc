// Text of RFC 4648.
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "codec/text.h"
#include "harness.h"
#include "process.h"

namespace memfd_secret::test {
namespace {

using codec::Encoding;
using Bytes = std::vector<unsigned char>;

constexpr Encoding kEncodings[] = {Encoding::kHex, Encoding::kBase64, Encoding::kBase64Url};
constexpr std::string_view kDigits[] = {
    "0123456789abcdef",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};
constexpr unsigned char kUntouched = 0xee;

const unsigned char* Raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Encode(Encoding encoding, const Bytes& bytes) {
  const std::size_t length = codec::EncodedLength(encoding, bytes.size());
  Bytes text(length + 1, kUntouched);
  codec::Encode(encoding, bytes.data(), bytes.size(), text.data());
  EXPECT_EQUAL(text.back(), kUntouched);
  return {text.begin(), text.end() - 1};
}

// False where the text stands for nothing.
bool Decode(Encoding encoding, std::string_view text, Bytes* bytes) {
  const std::size_t length = codec::DecodedLength(encoding, Raw(text), text.size());
  const std::size_t room = length == codec::kMalformed ? text.size() : length;
  bytes->assign(room + 1, kUntouched);
  const bool decoded = codec::Decode(encoding, Raw(text), text.size(), bytes->data());
  EXPECT_EQUAL(bytes->back(), kUntouched);
  bytes->pop_back();
  if (!decoded && length != codec::kMalformed) {
    EXPECT(*bytes == Bytes(length, 0));
  }
  EXPECT(!decoded || length != codec::kMalformed);
  return decoded;
}

void ExpectText(Encoding encoding, std::string_view bytes, std::string_view text) {
  const Bytes raw(bytes.begin(), bytes.end());
  Bytes back;
  EXPECT(Encode(encoding, raw) == text);
  EXPECT(Decode(encoding, text, &back));
  EXPECT(back == raw);
}

void ExpectMalformed(Encoding encoding, std::string_view text) {
  Bytes bytes;
  EXPECT(!Decode(encoding, text, &bytes));
}

void CheckVectors() {
  constexpr std::string_view kExamples[][3] = {
      {"", "", ""},
      {"f", "66", "Zg=="},
      {"fo", "666f", "Zm8="},
      {"foo", "666f6f", "Zm9v"},
      {"foob", "666f6f62", "Zm9vYg=="},
      {"fooba", "666f6f6261", "Zm9vYmE="},
      {"foobar", "666f6f626172", "Zm9vYmFy"},
  };
  for (const auto& [bytes, hex, base64] : kExamples) {
    ExpectText(Encoding::kHex, bytes, hex);
    ExpectText(Encoding::kBase64, bytes, base64);
    ExpectText(Encoding::kBase64Url, bytes, base64.substr(0, base64.find('=')));
    Bytes back;
    EXPECT(Decode(Encoding::kBase64Url, base64, &back));
    EXPECT(back == Bytes(bytes.begin(), bytes.end()));
  }
  ExpectText(Encoding::kBase64, "\xfb\xff\xfe", "+//+");
  ExpectText(Encoding::kBase64Url, "\xfb\xff\xfe", "-__-");
}

const Test kVectors{"codec: the examples of RFC 4648", {}, CheckVectors};

void CheckRound() {
  Random random(1);
  for (const Encoding encoding : kEncodings) {
    for (std::size_t length = 0; length < 300; ++length) {
      Bytes bytes(length);
      for (unsigned char& byte : bytes) {
        byte = static_cast<unsigned char>(random.Below(256));
      }
      const std::string text = Encode(encoding, bytes);
      EXPECT(text.find_first_not_of(std::string(kDigits[static_cast<int>(encoding)]) + "=") ==
             std::string::npos);
      Bytes back;
      EXPECT(Decode(encoding, text, &back));
      EXPECT(back == bytes);
    }
  }
}

const Test kRound{"codec: bytes of each length come back the same", {}, CheckRound};

void CheckUpper() {
  Bytes bytes;
  EXPECT(Decode(Encoding::kHex, "DEADbeefAf09", &bytes));
  EXPECT((bytes == Bytes{0xde, 0xad, 0xbe, 0xef, 0xaf, 0x09}));
}

const Test kUpper{"codec: hex is read in upper, lower and mixed case", {}, CheckUpper};

void CheckCharacters() {
  for (const Encoding encoding : kEncodings) {
    std::string_view digits = kDigits[static_cast<int>(encoding)];
    for (int character = 0; character < 256; ++character) {
      const bool upper_hex = encoding == Encoding::kHex && character >= 'A' && character <= 'F';
      const auto value =
          digits.find(static_cast<char>(upper_hex ? character + 'a' - 'A' : character));
      for (std::size_t at = 0; at < 8; ++at) {
        std::string text(8, encoding == Encoding::kHex ? '5' : 'V');
        text[at] = static_cast<char>(character);
        // At the end it is padding, tried elsewhere.
        if (character == '=' && at == 7) {
          continue;
        }
        Bytes bytes;
        EXPECT_EQUAL(Decode(encoding, text, &bytes), value != std::string_view::npos);
        if (value != std::string_view::npos && encoding == Encoding::kHex) {
          EXPECT_EQUAL(bytes[at / 2], at % 2 == 0 ? value << 4U | 5U : 0x50U | value);
        }
      }
    }
  }
}

const Test kCharacters{
    "codec: each character that is no digit is refused at each place, and nothing is left",
    {},
    CheckCharacters};

void CheckLengths() {
  for (const std::string_view text : {"0", "000", "00000"}) {
    ExpectMalformed(Encoding::kHex, text);
    EXPECT_EQUAL(codec::DecodedLength(Encoding::kHex, Raw(text), text.size()), codec::kMalformed);
  }
  for (const Encoding encoding : {Encoding::kBase64, Encoding::kBase64Url}) {
    for (const std::string_view text :
         {"A",     "=",        "==",    "===",    "====",  "A=",       "A==",
          "A===",  "AA=",      "AAA==", "AAA===", "AAAA=", "AAAA==",   "AAAA====",
          "AAAAA", "AAAAA===", "AA=A",  "=AAA",   "A=AA",  "AA==AAAA", "AAAA===="}) {
      ExpectMalformed(encoding, text);
    }
  }
  // Only base64url may lack its padding.
  for (const std::string_view text : {"AA", "AAA", "AAAAAA", "AAAAAAA"}) {
    ExpectMalformed(Encoding::kBase64, text);
    Bytes bytes;
    EXPECT(Decode(Encoding::kBase64Url, text, &bytes));
    EXPECT_EQUAL(bytes.size(), text.size() * 3 / 4);
  }
}

const Test kLengths{"codec: lengths and padding that do not fit are refused", {}, CheckLengths};

void CheckSpareBits() {
  for (const Encoding encoding : {Encoding::kBase64, Encoding::kBase64Url}) {
    const std::string_view digits = kDigits[static_cast<int>(encoding)];
    for (std::size_t value = 0; value < 64; ++value) {
      Bytes bytes;
      EXPECT_EQUAL(Decode(encoding, std::string("A") + digits[value] + "==", &bytes),
                   value % 16 == 0);
      EXPECT_EQUAL(Decode(encoding, std::string("AA") + digits[value] + "=", &bytes),
                   value % 4 == 0);
    }
  }
}

const Test kSpareBits{
    "codec: bits that no byte needs must be zero, so that one secret has one text",
    {},
    CheckSpareBits};

void CheckEncodedLength() {
  for (std::size_t length = 0; length < 50; ++length) {
    const Bytes bytes(length, 0xff);
    for (const Encoding encoding : kEncodings) {
      EXPECT_EQUAL(Encode(encoding, bytes).find(static_cast<char>(kUntouched)), std::string::npos);
    }
    EXPECT_EQUAL(codec::EncodedLength(Encoding::kHex, length), 2 * length);
    EXPECT_EQUAL(codec::EncodedLength(Encoding::kBase64, length), (length + 2) / 3 * 4);
    EXPECT_EQUAL(codec::EncodedLength(Encoding::kBase64Url, length), (length * 8 + 5) / 6);
  }
}

const Test kEncodedLength{
    "codec: the length of the text is known before it is made", {}, CheckEncodedLength};

}  // namespace
}  // namespace memfd_secret::test
