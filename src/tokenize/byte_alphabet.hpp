#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fullshard::tokenize {

/// The printable stand-ins of the 256 bytes in byte-level vocabularies, as GPT-2 defined them: the printable
/// characters of Latin-1 stand for themselves, the other 68 bytes for U+0100, U+0101, … in order.
class ByteAlphabet {
 public:
  ByteAlphabet();
  /// UTF-8 of the stand-in.
  const std::string& character_of(uint8_t byte) const { return characters_[byte]; }
  /// `bytes` spelled in the alphabet.
  std::string spelled(std::string_view bytes) const;
  /// The bytes that `text` spells, or nothing where it has a character outside the alphabet.
  std::optional<std::string> bytes_of(std::string_view text) const;

 private:
  static constexpr size_t kCodePoints = 256 + 68;
  std::array<std::string, 256> characters_;
  std::array<int16_t, kCodePoints> bytes_;  // by code point, -1 for none
};

}  // namespace fullshard::tokenize
