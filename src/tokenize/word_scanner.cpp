#include "tokenize/word_scanner.hpp"

namespace fullshard::tokenize {

namespace {

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

size_t WordScanner::end_by_pattern(size_t at) const {
  switch (pattern_) {
    case WordPattern::Gpt2:
      return gpt2_end(at);
    case WordPattern::Llama3:
      return llama_end(at, 3);
    case WordPattern::Qwen2:
      return llama_end(at, 1);
  }
  return text_.size();
}

size_t WordScanner::gpt2_end(size_t at) const {
  if (text_[at] == '\'')
    if (const size_t end = contraction_end(text_, at, false); end > at) return end;
  const Seen first = see(at);
  const Seen body = first.value == ' ' ? see(first.next) : first;
  if (!body.end && body.kind != CharClass::Space) return run(body.kind, body.next);
  return spaces(at);
}

size_t WordScanner::llama_end(size_t at, int digits) const {
  if (text_[at] == '\'')
    if (const size_t end = contraction_end(text_, at, true); end > at) return end;
  const Seen first = see(at);
  if (first.is(CharClass::Letter)) return run(CharClass::Letter, first.next);
  if (first.is(CharClass::Number)) {
    size_t end = first.next;
    for (; digits > 1; --digits) {
      const Seen c = see(end);
      if (!c.is(CharClass::Number)) break;
      end = c.next;
    }
    return end;
  }
  const Seen second = see(first.next);
  if (!first.is_newline() && second.is(CharClass::Letter)) return run(CharClass::Letter, second.next);
  if (first.is(CharClass::Other)) return newlines(run(CharClass::Other, first.next));
  if (first.value == ' ' && second.is(CharClass::Other)) return newlines(run(CharClass::Other, second.next));
  // \s*[\r\n]+ : up to the last line break of the run.
  const size_t end = run(CharClass::Space, at);
  const size_t last = text_.substr(at, end - at).find_last_of("\r\n");
  return last == std::string_view::npos ? spaces(at) : at + last + 1;
}

size_t WordScanner::newlines(size_t at) const {
  while (at < text_.size() && (text_[at] == '\r' || text_[at] == '\n')) ++at;
  return at;
}

// \s+(?!\S)|\s+ : the whole run at the end of the text or where it is one character, else all but the last.
size_t WordScanner::spaces(size_t at) const {
  size_t last = at, end = at;
  for (Seen c = see(at); c.is(CharClass::Space); c = see(end)) {
    last = end;
    end = c.next;
  }
  return end == text_.size() || last == at ? end : last;
}

}  // namespace fullshard::tokenize
