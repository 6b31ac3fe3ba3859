#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tokenize/pattern.hpp"
#include "tokenize/source_map.hpp"

namespace fullshard::tokenize {

class JsonNode;

/// What becomes of the matches of a split; the names are those of tokenizer files.
enum class SplitBehavior : uint8_t { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// A part of a text; `first` where it begins with the text's first character.
struct Piece {
  std::string_view text;
  bool first = false;
  const Origin* origin =
      nullptr;  ///< of the text that this is a part of; none: nobody asks where words are from
};

/// The `pre_tokenizer` of a tokenizer.json: from text to words. In byte-level vocabularies words are handed
/// on as the bytes they are; the model knows how the file spells bytes.
class PreTokenizer {
 public:
  using Sink = std::function<void(const Piece& word)>;

  PreTokenizer() = default;
  static PreTokenizer from(const JsonNode& node);

  bool byte_level() const { return byte_level_; }
  /// Calls `sink` with every word of valid UTF-8 in order; a word and its origin are valid during the call
  /// only.
  void split(Piece piece, const Sink& sink) const {
    Walk walk{sink, MatchBudget(piece.text.size())};
    run(0, piece, walk);
  }

 private:
  struct Split {
    Pattern pattern;
    SplitBehavior behavior;
    bool invert;
  };
  struct ByClass {
    ByClass(bool (*in_class)(char32_t), SplitBehavior what);
    std::optional<TextRange> find(std::string_view text, size_t from) const;

    bool (*matches)(char32_t);
    SplitBehavior behavior;
    std::array<bool, 128> ascii{};  // matches() of ASCII
  };
  enum class When : uint8_t { Always, First, Never };
  struct Metaspace {
    std::string replacement;
    When prepend;
    bool split;
  };
  struct PrefixSpace {};
  using Step = std::variant<Split, ByClass, Metaspace, PrefixSpace>;

  struct Walk {
    const Sink& sink;
    MatchBudget budget;  // of all pieces of the text
  };

  void add(const JsonNode& node);
  void add_byte_level(const JsonNode& node);
  void add_metaspace(const JsonNode& node);
  bool add_by_class(const JsonNode& node, std::string_view type);
  void run(size_t step, Piece piece, Walk& walk) const;
  void run_metaspace(const Metaspace& step, size_t next, Piece piece, Walk& walk) const;
  void run_prefix_space(size_t next, Piece piece, Walk& walk) const;

  std::vector<Step> steps_;
  bool byte_level_ = false;
};

/// Cuts `text` along the matches of a pattern as `behavior` says; empty parts are left out.
/// `find(from)` is the leftmost match at or after `from`.
std::vector<TextRange> split_ranges(std::string_view text, SplitBehavior behavior, bool invert,
                                    const std::function<std::optional<TextRange>(size_t from)>& find);

}  // namespace fullshard::tokenize
