#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fullshard/tokenize/tokenizer.hpp"
#include "tokenize/byte_alphabet.hpp"
#include "tokenize/merge_table.hpp"
#include "tokenize/vocabulary.hpp"
#include "tokenize/word_table.hpp"

namespace fullshard::tokenize {

class JsonNode;

/// Byte-pair encoding (Sennrich et al., arXiv:1508.07909): the units of a word are merged pair by pair, best
/// rank first, leftmost of equals.
class Bpe {
 public:
  enum class Units : uint8_t { CodePoints, Bytes };

  /// The `model` of a tokenizer.json. With Units::Bytes words come as bytes and the vocabulary spells them in
  /// the byte alphabet.
  static Bpe from(const JsonNode& model, Units units);

  const Vocabulary& vocabulary() const { return vocabulary_; }
  void append_ids(std::string_view word, std::vector<int32_t>& out) const;
  /// The same ids with the bytes of `word` that each stands for.
  void append_with_ranges(std::string_view word, Encoding& out) const;

 private:
  // The tokens of one unit before any merge; none and `unknown` where the vocabulary lacks it.
  struct Start {
    std::array<int32_t, 4> ids{};
    int32_t count = 0;
    bool fallback = false;
    bool unknown = false;
  };

  void read_vocabulary(const JsonNode& node);
  void read_merges(const JsonNode& node);
  void read_byte_starts();
  Start start_of(std::string_view unit) const;
  void read_words();
  void find_mark();
  template <class Push>
  void for_each_start(std::string_view word, const Push& push) const;
  template <class Visit>
  void for_each_part(std::string_view word, const Visit& visit) const;
  void append_merged(std::string_view word, std::vector<int32_t>& out) const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  Units units_ = Units::CodePoints;
  ByteAlphabet alphabet_;
  std::array<Start, 256> byte_starts_;       // of bytes, or of ASCII characters
  WordTable words_;                          // whose only token is known without merging
  std::string mark_;                         // no merge crosses the front of a run of it; empty: none such
  std::array<int32_t, 256> fallback_ids_{};  // "<0x00>" …, -1 where missing
  std::optional<int32_t> unknown_;
  bool fuse_unknown_ = false;
  bool byte_fallback_ = false;
  bool ignore_merges_ = false;
};

/// Merges the ids from the `from`-th on in place until no pair merges. O(n log n).
void merge_all(const MergeTable& merges, std::vector<int32_t>& ids, size_t from);
/// The same; a merged pair has the range from its left part's beginning to its right part's end.
void merge_all(const MergeTable& merges, Encoding& tokens, size_t from);

}  // namespace fullshard::tokenize
