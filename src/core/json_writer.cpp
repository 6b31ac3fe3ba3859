#include "fullshard/core/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fullshard {

namespace {

// Length of the valid UTF-8 sequence at the start of `s`, 0 if there is none (RFC 3629: no surrogates, no
// overlongs).
size_t utf8_length(std::string_view s) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char a = byte(0);
  if (a < 0x80) return 1;
  const size_t n = a >= 0xF0 ? 4 : a >= 0xE0 ? 3 : 2;
  if (a < 0xC2 || a > 0xF4 || s.size() < n) return 0;
  for (size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if ((a == 0xE0 && byte(1) < 0xA0) || (a == 0xED && byte(1) > 0x9F)) return 0;
  if ((a == 0xF0 && byte(1) < 0x90) || (a == 0xF4 && byte(1) > 0x8F)) return 0;
  return n;
}

std::string escaped(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  }
}

// At most `most`, and not inside of a character.
size_t cut_at(std::string_view text, size_t most) {
  if (most >= text.size()) return text.size();
  for (size_t back = 1; back <= std::min<size_t>(3, most); ++back) {
    const bool continues = (static_cast<unsigned char>(text[most - back]) & 0xC0) == 0x80;
    if (!continues) return utf8_length(text.substr(most - back)) > back ? most - back : most;
  }
  return most;
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t n = utf8_length(text);
    const char c = text[0];
    if (n == 0)
      out += "\xEF\xBF\xBD";
    else if (n == 1 && (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'))
      out += escaped(c);
    else
      out.append(text.substr(0, n));
    text.remove_prefix(n == 0 ? 1 : n);
  }
  return out += '"';
}

std::string json_excerpt(std::string_view text, size_t most_bytes) {
  const size_t end = cut_at(text, most_bytes);
  const std::string quoted = json_quoted(text.substr(0, end));
  std::string out;
  for (size_t i = 0; i < quoted.size(); ++i) {
    const auto c = static_cast<unsigned char>(quoted[i]);
    const auto next = static_cast<unsigned char>(i + 1 < quoted.size() ? quoted[i + 1] : 0);
    if (c == 0x7F)
      out += escaped(quoted[i]);
    else if (c == 0xC2 && next < 0xA0)  // U+0080 to U+009F, of which a terminal may take some for commands
      out += escaped(quoted[++i]);
    else
      out += quoted[i];
  }
  return end < text.size() ? out + "…" : out;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  has_members_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  const bool had_members = has_members_.back();
  has_members_.pop_back();
  if (had_members) newline();
  out_ += bracket;
  return *this;
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  if (has_members_.back()) out_ += ',';
  has_members_.back() = true;
  newline();
}

void JsonWriter::newline() {
  if (indent_ > 0) out_.append("\n").append(has_members_.size() * static_cast<size_t>(indent_), ' ');
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  out_ += json_quoted(name);
  out_ += indent_ > 0 ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  return raw(json_quoted(text));
}

JsonWriter& JsonWriter::value(double number) {
  // fmt's default is the shortest text that reads back as the same double.
  return std::isfinite(number) ? raw(fmt::format("{}", number)) : null();
}

JsonWriter& JsonWriter::value(int64_t number) {
  return raw(std::to_string(number));
}
JsonWriter& JsonWriter::value(bool truth) {
  return raw(truth ? "true" : "false");
}
JsonWriter& JsonWriter::null() {
  return raw("null");
}

}  // namespace fullshard
