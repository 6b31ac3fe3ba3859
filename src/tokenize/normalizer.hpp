#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tokenize/pattern.hpp"
#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

class JsonNode;

/// The `normalizer` of a tokenizer.json: steps from text to text.
class Normalizer {
 public:
  Normalizer() = default;
  static Normalizer from(const JsonNode& node);

  bool empty() const { return steps_.empty(); }
  struct Result {
    std::string text;
    bool from_start = true;  ///< false where the first characters of the input were taken away
  };
  Result apply(std::string_view text) const;

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
  static void apply(const Step& step, Result& result);

  std::vector<Step> steps_;
};

/// Every match of `pattern` becomes `content`, which is taken as it stands.
std::string replace_all(const Pattern& pattern, std::string_view text, std::string_view content);

}  // namespace fullshard::tokenize
