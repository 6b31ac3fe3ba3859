#include "tokenize/pattern.hpp"

#include <array>

#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

namespace {

// A code point of the text with its class; at the end of the text the class is none of the four.
struct Seen {
  char32_t value = 0;
  size_t next = 0;
  CharClass kind = CharClass::Other;
  bool end = false;

  bool is(CharClass k) const { return !end && kind == k; }
  bool is_newline() const { return !end && (value == '\r' || value == '\n'); }
};

struct Scanner {
  const CharClasses& classes;
  std::string_view text;

  Seen see(size_t at) const {
    if (at >= text.size()) return {.next = at, .end = true};
    const CodePoint c = valid_code_point_at(text, at);
    return {c.value, at + static_cast<size_t>(c.length), classes[c.value], false};
  }
  size_t run(CharClass kind, size_t at) const {
    while (true) {
      while (at < text.size() && classes.is_ascii(kind, text[at])) ++at;
      const Seen c = see(at);
      if (!c.is(kind)) return at;
      at = c.next;
    }
  }
  // The end of a word of letters with one space in front or none, which most words are; 0 where it is not
  // one.
  size_t plain_word(size_t at) const {
    if (text[at] == ' ' && at + 1 < text.size()) ++at;
    return classes.is_ascii(CharClass::Letter, text[at]) ? run(CharClass::Letter, at + 1) : 0;
  }
  size_t newlines(size_t at) const {
    while (at < text.size() && (text[at] == '\r' || text[at] == '\n')) ++at;
    return at;
  }
  // \s+(?!\S)|\s+ : the whole run at the end of the text or where it is one character, else all but the last.
  size_t spaces(size_t at) const {
    size_t last = at, end = at;
    for (Seen c = see(at); c.is(CharClass::Space); c = see(end)) {
      last = end;
      end = c.next;
    }
    return end == text.size() || last == at ? end : last;
  }
};

// 's 't 're 've 'm 'll 'd; caseless also U+017F, whose simple case folding is s.
size_t contraction_end(std::string_view text, size_t at, bool caseless) {
  const std::string_view rest = text.substr(at);
  const auto letter = [&](size_t i) {
    const char c = i < rest.size() ? rest[i] : '\0';
    return caseless && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const char a = letter(1), b = letter(2);
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return at + 2;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return at + 3;
  if (caseless && rest.substr(1).starts_with("\xC5\xBF")) return at + 3;
  return at;
}

size_t gpt2_end(const Scanner& s, size_t at) {
  if (const size_t end = s.plain_word(at); end > 0) return end;
  if (s.text[at] == '\'')
    if (const size_t end = contraction_end(s.text, at, false); end > at) return end;
  const Seen first = s.see(at);
  const Seen body = first.value == ' ' ? s.see(first.next) : first;
  if (!body.end && body.kind != CharClass::Space) return s.run(body.kind, body.next);
  return s.spaces(at);
}

size_t llama_end(const Scanner& s, size_t at, int digits) {
  if (const size_t end = s.plain_word(at); end > 0) return end;
  if (s.text[at] == '\'')
    if (const size_t end = contraction_end(s.text, at, true); end > at) return end;
  const Seen first = s.see(at);
  if (first.is(CharClass::Letter)) return s.run(CharClass::Letter, first.next);
  if (first.is(CharClass::Number)) {
    size_t end = first.next;
    for (Seen c = s.see(end); --digits > 0 && c.is(CharClass::Number); c = s.see(end)) end = c.next;
    return end;
  }
  const Seen second = s.see(first.next);
  if (!first.is_newline() && second.is(CharClass::Letter)) return s.run(CharClass::Letter, second.next);
  if (first.is(CharClass::Other)) return s.newlines(s.run(CharClass::Other, first.next));
  if (first.value == ' ' && second.is(CharClass::Other))
    return s.newlines(s.run(CharClass::Other, second.next));
  // \s*[\r\n]+ : up to the last line break of the run.
  const size_t run = s.run(CharClass::Space, at);
  const size_t last = s.text.substr(at, run - at).find_last_of("\r\n");
  return last == std::string_view::npos ? s.spaces(at) : at + last + 1;
}

constexpr std::array kWordPatterns = {WordPattern::Gpt2, WordPattern::Llama3, WordPattern::Qwen2};

}  // namespace

std::string_view regex_of(WordPattern pattern) {
  switch (pattern) {
    case WordPattern::Gpt2:
      return R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
    case WordPattern::Llama3:
      return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    case WordPattern::Qwen2:
      return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  }
  return {};
}

size_t word_end(WordPattern pattern, const CharClasses& classes, std::string_view text, size_t at) {
  const Scanner scanner{classes, text};
  switch (pattern) {
    case WordPattern::Gpt2:
      return gpt2_end(scanner, at);
    case WordPattern::Llama3:
      return llama_end(scanner, at, 3);
    case WordPattern::Qwen2:
      return llama_end(scanner, at, 1);
  }
  return text.size();
}

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

std::optional<TextRange> Pattern::find(std::string_view text, size_t from) const {
  if (const auto* words = std::get_if<Words>(&kind_)) {
    if (from >= text.size()) return std::nullopt;
    return TextRange{from, word_end(words->pattern, *words->classes, text, from)};
  }
  if (const auto* regex = std::get_if<Regex>(&kind_)) return regex->find(text, from);
  const auto& literal = std::get<Literal>(kind_).text;
  const size_t at = text.find(literal, from);
  if (at == std::string_view::npos) return std::nullopt;
  return TextRange{at, at + literal.size()};
}

}  // namespace fullshard::tokenize
