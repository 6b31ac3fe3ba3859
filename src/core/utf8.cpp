#include "fullshard/core/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace fullshard {

namespace {

uint8_t byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
}

// The length of the well-formed sequence at `at` that does not begin with an ASCII byte; 0 where there is
// none. The table of the Unicode Standard, 3.9, "Well-Formed UTF-8 Byte Sequences".
size_t sequence_length(std::string_view text, size_t at) {
  const uint8_t lead = byte_at(text, at), second = byte_at(text, at + 1);
  const auto follows = [&](size_t i) { return (byte_at(text, at + i) & 0xC0) == 0x80; };
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool narrow = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F);
    return !narrow && follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool narrow = (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return !narrow && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<size_t> first_not_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    if (byte_at(text, at) < 0x80) {
      ++at;
      continue;
    }
    const size_t length = sequence_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}  // namespace fullshard
