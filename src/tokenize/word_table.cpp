#include "tokenize/word_table.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace fullshard::tokenize {

static_assert(std::endian::native == std::endian::little,
              "WordTable::key_of shifts bytes as they lie in memory");

WordTable::WordTable(std::span<const Word> words) {
  const auto is_long = [](const Word& w) { return w.text.size() > kInline; };
  const auto num_long = static_cast<size_t>(std::count_if(words.begin(), words.end(), is_long));
  // At most half of the slots are taken.
  slots_.resize(std::bit_ceil((words.size() - num_long) * 2 + 2));
  long_.resize(std::bit_ceil(num_long * 2 + 2));
  mask_ = slots_.size() - 1;
  long_mask_ = long_.size() - 1;
  shift_ = 64 - std::countr_zero(slots_.size());
  for (const Word& word : words) add(word);
}

size_t WordTable::long_slot_of(uint64_t hash, std::string_view word) const {
  for (size_t s = hash & long_mask_;; s = (s + 1) & long_mask_) {
    const LongWord& w = long_[s];
    if (w.id < 0) return s;
    if (w.hash == hash && std::string_view(text_).substr(w.begin, w.size) == word) return s;
  }
}

int32_t WordTable::find_long(std::string_view word) const {
  if (word.size() > longest_) return -1;
  return long_[long_slot_of(std::hash<std::string_view>{}(word), word)].id;
}

void WordTable::add(const Word& word) {
  if (word.text.size() > kInline) {
    const uint64_t hash = std::hash<std::string_view>{}(word.text);
    long_[long_slot_of(hash, word.text)] = {hash, text_.size(), word.text.size(), word.id};
    text_ += word.text;
    longest_ = std::max(longest_, word.text.size());
    return;
  }
  const Key key = key_of(word.text);
  size_t s = key.hash() >> shift_;
  while (slots_[s].id >= 0) s = (s + 1) & mask_;
  slots_[s] = {key.low, key.high, word.id};
}

}  // namespace fullshard::tokenize
