#include "config/json_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/json_writer.hpp"

namespace fullshard::config {
namespace {

namespace json = boost::json;

constexpr uintmax_t kLargestFile = 16u << 20;
constexpr size_t kLongestQuote = 60;

int line_at(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(offset), '\n'));
}

/// Boost.JSON decides what is JSON, and bounds the depth (32).
void validate(std::string_view text, const json::parse_options& options) {
  json::parser parser({}, options);
  json::error_code error;
  const size_t consumed = parser.write_some(text.data(), text.size(), error);
  if (!error && consumed < text.size()) error = json::error::extra_data;
  if (!error) return;
  throw Error(ExitCode::Usage,
              fmt::format("line {}: not valid JSON: {}", line_at(text, consumed), error.message()));
}

/// Builds the tree from text that `validate` has accepted; scalars are Boost.JSON's to parse.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::string_view text) : text_(text) {}

  JsonDocument build() {
    JsonDocument document;
    document.root = value("");
    document.duplicates = std::move(duplicates_);
    return document;
  }

 private:
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  void advance() {
    FS_CHECK(position_ < text_.size(), "validated JSON ended at {}", position_);
    if (text_[position_++] == '\n') ++line_;
  }

  void skip_blank() {
    while (position_ < text_.size()) {
      if (std::string_view(" \t\r\n").find(peek()) != std::string_view::npos) {
        advance();
      } else if (text_.substr(position_, 2) == "//") {
        while (position_ < text_.size() && peek() != '\n') advance();
      } else if (text_.substr(position_, 2) == "/*") {
        advance();
        advance();
        while (text_.substr(position_, 2) != "*/") advance();
        advance();
        advance();
      } else {
        return;
      }
    }
  }

  std::string_view string_token() {
    const size_t begin = position_;
    advance();
    while (peek() != '"') {
      if (peek() == '\\') advance();
      advance();
    }
    advance();
    return text_.substr(begin, position_ - begin);
  }

  std::string_view bare_token() {
    const size_t begin = position_;
    while (position_ < text_.size() && std::string_view(",]} \t\r\n/").find(peek()) == std::string_view::npos)
      advance();
    return text_.substr(begin, position_ - begin);
  }

  JsonValue value(const std::string& path) {
    skip_blank();
    JsonValue v;
    v.line = line_;
    if (peek() == '{') {
      object(v, path);
    } else if (peek() == '[') {
      array(v, path);
    } else {
      scalar(v, peek() == '"' ? string_token() : bare_token());
    }
    return v;
  }

  static void scalar(JsonValue& v, std::string_view token) {
    const json::value parsed = json::parse(json::string_view(token.data(), token.size()));
    switch (parsed.kind()) {
      case json::kind::bool_:
        v.kind = JsonValue::Kind::Bool;
        v.truth = parsed.get_bool();
        break;
      case json::kind::int64:
        v.kind = JsonValue::Kind::Integer;
        v.integer = parsed.get_int64();
        v.real = static_cast<double>(v.integer);
        break;
      case json::kind::uint64:
      case json::kind::double_:
        v.kind = JsonValue::Kind::Real;
        v.real = parsed.to_number<double>();
        break;
      case json::kind::string:
        v.kind = JsonValue::Kind::String;
        v.text = std::string(parsed.get_string());
        break;
      default:
        break;
    }
  }

  void array(JsonValue& v, const std::string& path) {
    v.kind = JsonValue::Kind::Array;
    advance();
    for (skip_blank(); peek() != ']'; skip_blank()) {
      v.items.push_back(value(fmt::format("{}[{}]", path, v.items.size())));
      skip_blank();
      if (peek() == ',') advance();
    }
    advance();
  }

  void object(JsonValue& v, const std::string& path) {
    v.kind = JsonValue::Kind::Object;
    std::map<std::string, size_t> position_of;
    advance();
    for (skip_blank(); peek() != '}'; skip_blank()) {
      const int line = line_;
      JsonValue key;
      scalar(key, string_token());
      skip_blank();
      advance();  // the colon
      const std::string child_path = path.empty() ? key.text : path + "." + key.text;
      JsonValue child = value(child_path);
      child.name = key.text;
      child.line = line;
      const auto [known, is_new] = position_of.try_emplace(key.text, v.items.size());
      if (is_new) {
        v.items.push_back(std::move(child));
      } else {
        duplicates_.push_back(fmt::format("{}: given in line {} and again in line {}; keep one",
                                          shown_key(child_path), v.items[known->second].line, line));
        v.items[known->second] = std::move(child);
      }
      skip_blank();
      if (peek() == ',') advance();
    }
    advance();
  }

  std::string_view text_;
  size_t position_ = 0;
  int line_ = 1;
  std::vector<std::string> duplicates_;
};

const char* kind_name(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::Null:
      return "null";
    case JsonValue::Kind::Bool:
      return "a truth value";
    case JsonValue::Kind::Integer:
    case JsonValue::Kind::Real:
      return "a number";
    case JsonValue::Kind::String:
      return "a string";
    case JsonValue::Kind::Array:
      return "a list";
    case JsonValue::Kind::Object:
      return "an object";
  }
  return "";
}

void write(JsonWriter& w, const JsonValue& v) {
  switch (v.kind) {
    case JsonValue::Kind::Null:
      w.null();
      break;
    case JsonValue::Kind::Bool:
      w.value(v.truth);
      break;
    case JsonValue::Kind::Integer:
      w.value(v.integer);
      break;
    case JsonValue::Kind::Real:
      w.value(v.real);
      break;
    case JsonValue::Kind::String:
      w.value(v.text);
      break;
    case JsonValue::Kind::Array:
      w.begin_array();
      for (const JsonValue& item : v.items) write(w, item);
      w.end_array();
      break;
    case JsonValue::Kind::Object:
      w.begin_object();
      for (const JsonValue& item : v.items) write(w.key(item.name), item);
      w.end_object();
      break;
  }
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  if (kind != Kind::Object) return nullptr;
  for (const JsonValue& item : items)
    if (item.name == key) return &item;
  return nullptr;
}

std::string JsonValue::to_json() const {
  JsonWriter w;
  write(w, *this);
  return w.str();
}

std::string JsonValue::shown() const {
  if (kind == Kind::String) return json_excerpt(text, kLongestQuote);
  std::string json = to_json();
  return json.size() > kLongestQuote ? json_excerpt(json, kLongestQuote) : json;
}

std::string JsonValue::described() const {
  return is_null() ? "null" : fmt::format("{} ({})", shown(), kind_name(kind));
}

std::string shown_key(std::string_view key) {
  std::string plain(key), quoted = json_excerpt(key);
  return quoted == '"' + plain + '"' ? plain : quoted;
}

bool same_value(const JsonValue& a, const JsonValue& b) {
  if (a.is_number() && b.is_number())
    return a.kind == b.kind ? a.integer == b.integer && a.real == b.real : a.real == b.real;
  if (a.kind != b.kind || a.truth != b.truth || a.text != b.text || a.items.size() != b.items.size())
    return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    const JsonValue* other = a.kind == JsonValue::Kind::Object ? b.find(a.items[i].name) : &b.items[i];
    if (!other || !same_value(a.items[i], *other)) return false;
  }
  return true;
}

JsonDocument parse_json(std::string_view text, JsonDialect dialect) {
  json::parse_options options;
  options.allow_comments = options.allow_trailing_commas = dialect == JsonDialect::Relaxed;
  validate(text, options);
  return TreeBuilder(text).build();
}

std::string read_json_text(const std::filesystem::path& path) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kLargestFile)
    throw IoError(path, -1,
                  fmt::format("expected a JSON file of at most {} bytes, found {}", kLargestFile, size));
  return read_file(path);
}

}  // namespace fullshard::config
