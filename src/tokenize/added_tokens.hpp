#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenize/normalizer.hpp"
#include "tokenize/vocabulary.hpp"

namespace fullshard::tokenize {

class JsonNode;

struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool single_word = false;
  bool lstrip = false;
  bool rstrip = false;
  bool normalized = true;
  bool special = false;
  /// What decoding shows: the content as it is looked for, that is normalised where it says so (as the
  /// reference does since 0.23).
  std::string shown;

  bool same_as(const AddedToken& o) const {
    return content == o.content && id == o.id && single_word == o.single_word && lstrip == o.lstrip &&
           rstrip == o.rstrip && normalized == o.normalized && special == o.special;
  }
};

/// A part of a text: a token found in it, or text between tokens (id -1).
struct Segment {
  std::string_view text;
  int32_t id = -1;
};

/// Finds the longest of a set of words at the leftmost place.
class WordFinder {
 public:
  void add(std::string_view word, int32_t value);
  struct Found {
    size_t begin = 0, end = 0;
    int32_t value = -1;
  };
  std::optional<Found> find(std::string_view text, size_t from) const;

 private:
  struct Node {
    std::unordered_map<char, int32_t> next;
    int32_t value = -1;
  };
  size_t next_candidate(std::string_view text, size_t from) const;

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<bool, 256> begins_{};  // first bytes of words
  std::string one_beginning_;       // the only one of these
};

/// The `added_tokens` of a tokenizer.json: looked for in the text before the model sees it.
class AddedTokens {
 public:
  AddedTokens() = default;
  /// Reads the list, in whatever order. `vocabulary` is the model's: ids must be those that it has or go on
  /// where it ends.
  static AddedTokens from(const JsonNode& list, const Vocabulary& vocabulary, const Normalizer& normalizer);

  const AddedToken* by_id(int64_t id) const;
  const AddedToken* by_content(std::string_view content) const;
  /// Largest id plus one, 0 without tokens.
  int64_t end_id() const { return end_id_; }

  enum class Text : uint8_t { Raw, Normalized };
  /// Cuts `text` along the tokens that are looked for in raw or in normalised text.
  std::vector<Segment> split(std::string_view text, Text kind) const;

 private:
  void insert(const AddedToken& token, const Normalizer& normalizer);

  std::vector<AddedToken> tokens_;
  std::unordered_map<std::string, size_t> by_content_;
  std::unordered_map<int64_t, size_t> by_id_;
  WordFinder raw_, normalized_;  // values are indices of tokens_
  int64_t end_id_ = 0;
};

}  // namespace fullshard::tokenize
