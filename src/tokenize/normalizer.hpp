#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tokenize/growth_limit.hpp"
#include "tokenize/pattern.hpp"
#include "tokenize/source_map.hpp"
#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

class JsonNode;

/// Whether a text that is changed keeps a map to what it was.
enum class Mapping : uint8_t { None, Kept };

/// The `normalizer` of a tokenizer.json: steps from text to text.
class Normalizer {
 public:
  Normalizer() = default;
  static Normalizer from(const JsonNode& node);

  /// True where `apply` would surely give `text` back; found without a copy.
  bool leaves(std::string_view text) const;
  struct Result {
    std::string text;
    bool from_start = true;  ///< false where the first characters of the input were taken away
    SourceMap map;           ///< to the input, where asked for
  };
  Result apply(std::string_view text, Mapping mapping = Mapping::None) const;

 private:
  struct Prepend {
    std::string text;
  };
  struct Replace {
    Pattern pattern;
    std::string content;
  };
  struct Strip {
    bool left, right;
  };
  struct LowerCase {};
  using Step = std::variant<NormalForm, Prepend, Replace, Strip, LowerCase>;

  void add(const JsonNode& node);
  static void apply(const Step& step, const GrowthLimit& limit, Result& result);
  static SourceMap map_of(const Step& step, std::string_view before, std::string_view after);

  std::vector<Step> steps_;
};

/// Every match of `pattern` becomes `content`, which is taken as it stands.
std::string replace_all(const Pattern& pattern, std::string_view text, std::string_view content,
                        const GrowthLimit& limit);

}  // namespace fullshard::tokenize
