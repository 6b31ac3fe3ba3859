#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fullshard::tokenize {

/// Words and the token that each is. Most words of a text are one token, so what they are is one look at a
/// cache line: words of up to 11 bytes lie in the table itself.
class WordTable {
 public:
  struct Word {
    std::string text;
    int32_t id = 0;
  };

  WordTable() : WordTable(std::span<const Word>{}) {}
  /// Each word once.
  explicit WordTable(std::span<const Word> words);

  /// The word's token, or -1.
  int32_t find(std::string_view word) const {
    if (word.size() > kInline) return find_long(word);
    const Key key = key_of(word);
    for (size_t s = key.hash() >> shift_;; s = (s + 1) & mask_) {
      const Slot& slot = slots_[s];
      if (slot.low == key.low && slot.high == key.high) return slot.id;
      if (slot.id < 0) return -1;
    }
  }

 private:
  static constexpr size_t kInline = 11;

  // The bytes and, in the last byte, how many there are.
  struct Key {
    uint64_t low = 0;
    uint32_t high = 0;
    // Fibonacci hashing (Knuth, TAOCP 3, 6.4) of both halves; the best bits are the highest.
    uint64_t hash() const {
      uint64_t h = (low ^ uint64_t{high} * 0xD6E8FEB86659FD93) * 0x9E3779B97F4A7C15;
      return (h ^ h >> 32) * 0x9E3779B97F4A7C15;
    }
  };
  struct Slot {
    uint64_t low = 0;
    uint32_t high = 0;
    int32_t id = -1;  // free
  };
  struct LongWord {
    uint64_t hash = 0;
    size_t begin = 0, size = 0;  // of text_
    int32_t id = -1;
  };

  template <class Int>
  static Int load(const char* from) {
    Int value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  static Key key_of(std::string_view word) {
    const char* p = word.data();
    const size_t n = word.size();
    Key key{0, static_cast<uint32_t>(n) << 24};
    // Two loads that may overlap.
    if (n >= 8) {
      key.low = load<uint64_t>(p);
      if (n > 8) key.high |= load<uint32_t>(p + n - 4) >> 8 * (12 - n);
    } else if (n >= 4) {
      key.low = load<uint32_t>(p) | uint64_t{load<uint32_t>(p + n - 4)} << 8 * (n - 4);
    } else if (n > 0) {
      const auto byte = [&](size_t i) { return uint64_t{static_cast<uint8_t>(p[i])} << 8 * i; };
      key.low = byte(0) | byte(n / 2) | byte(n - 1);
    }
    return key;
  }
  void add(const Word& word);
  int32_t find_long(std::string_view word) const;
  size_t long_slot_of(uint64_t hash, std::string_view word) const;

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  int shift_ = 0;
  std::vector<LongWord> long_;
  size_t long_mask_ = 0;
  std::string text_;
  size_t longest_ = 0;
};

}  // namespace fullshard::tokenize
