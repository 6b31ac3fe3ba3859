#include "tokenize/pattern.hpp"

#include <array>

#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

namespace {

constexpr std::array kWordPatterns = {WordPattern::Gpt2, WordPattern::Llama3, WordPattern::Qwen2};

}  // namespace

Pattern Pattern::regex(std::string_view text) {
  for (const WordPattern p : kWordPatterns)
    if (text == regex_of(p)) return Pattern(Words{p, std::make_shared<const CharClasses>()});
  return Pattern(Regex(text));
}

Pattern Pattern::from(const JsonNode& node) {
  node.only({"String", "Regex"});
  if (const auto text = node.find("String")) {
    if (text->string().empty()) text->fail("expected a text to look for, found an empty one");
    return literal(std::string(text->string()));
  }
  const JsonNode text = node.at("Regex");
  try {
    return regex(text.string());
  } catch (const std::runtime_error& e) {
    text.fail(std::string("pattern not supported: ") + e.what());
  }
}

std::optional<TextRange> Pattern::find(std::string_view text, size_t from, MatchBudget& budget) const {
  if (const auto* words = std::get_if<Words>(&kind_)) {
    if (from >= text.size()) return std::nullopt;
    return TextRange{from, WordScanner(words->pattern, *words->classes, text).end_of_word(from)};
  }
  if (const auto* regex = std::get_if<Regex>(&kind_)) return regex->find(text, from, budget);
  const auto& literal = std::get<Literal>(kind_).text;
  const size_t at = text.find(literal, from);
  if (at == std::string_view::npos) return std::nullopt;
  return TextRange{at, at + literal.size()};
}

}  // namespace fullshard::tokenize
