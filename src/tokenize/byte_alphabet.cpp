#include "tokenize/byte_alphabet.hpp"

#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

ByteAlphabet::ByteAlphabet() {
  bytes_.fill(-1);
  char32_t next = 256;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    const char32_t c = printable ? byte : next++;
    append_utf8(c, characters_[byte]);
    bytes_[c] = static_cast<int16_t>(byte);
  }
}

std::string ByteAlphabet::spelled(std::string_view bytes) const {
  std::string out;
  for (const char b : bytes) out += characters_[static_cast<uint8_t>(b)];
  return out;
}

std::optional<std::string> ByteAlphabet::bytes_of(std::string_view text) const {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (!c.valid || c.value >= kCodePoints || bytes_[c.value] < 0) return std::nullopt;
    out += static_cast<char>(bytes_[c.value]);
    at += static_cast<size_t>(c.length);
  }
  return out;
}

}  // namespace fullshard::tokenize
