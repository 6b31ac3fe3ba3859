#include "tokenize/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <set>
#include <stdexcept>

#include "fullshard/core/error.hpp"
#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

namespace json = boost::json;

namespace {

// Builds the value as json::parser does and counts the members that were written down: where the built
// objects hold fewer, two keys were equal. Naming the key is left to a second pass, which good files never
// pay for.
struct Handler {
  static constexpr size_t max_object_size = json::object::max_size();
  static constexpr size_t max_array_size = json::array::max_size();
  static constexpr size_t max_key_size = json::string::max_size();
  static constexpr size_t max_string_size = json::string::max_size();

  json::value_stack stack;
  size_t members = 0;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(size_t n, json::error_code&) {
    members += n;
    stack.push_object(n);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(size_t n, json::error_code&) {
    stack.push_array(n);
    return true;
  }
  bool on_key_part(json::string_view s, size_t, json::error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_key(json::string_view s, size_t, json::error_code&) {
    stack.push_key(s);
    return true;
  }
  bool on_string_part(json::string_view s, size_t, json::error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_string(json::string_view s, size_t, json::error_code&) {
    stack.push_string(s);
    return true;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(int64_t v, json::string_view, json::error_code&) {
    stack.push_int64(v);
    return true;
  }
  bool on_uint64(uint64_t v, json::string_view, json::error_code&) {
    stack.push_uint64(v);
    return true;
  }
  bool on_double(double v, json::string_view, json::error_code&) {
    stack.push_double(v);
    return true;
  }
  bool on_bool(bool v, json::error_code&) {
    stack.push_bool(v);
    return true;
  }
  bool on_null(json::error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

// Remembers the keys of the open objects and stops at the first one that comes twice.
struct DuplicateFinder : Handler {
  std::vector<std::set<std::string>> open;
  std::string part, duplicate;

  bool on_object_begin(json::error_code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(size_t, json::error_code&) {
    open.pop_back();
    return true;
  }
  bool on_array_end(size_t, json::error_code&) { return true; }
  bool on_key_part(json::string_view s, size_t, json::error_code&) {
    part.append(s.data(), s.size());
    return true;
  }
  bool on_key(json::string_view s, size_t, json::error_code& ec) {
    part.append(s.data(), s.size());
    if (!open.back().insert(part).second) {
      duplicate = part;
      ec = json::error::exception;
      return false;
    }
    part.clear();
    return true;
  }
  bool on_string_part(json::string_view, size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, size_t, json::error_code&) { return true; }
  bool on_int64(int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
};

size_t members_of(const json::value& v) {
  size_t n = 0;
  if (const auto* array = v.if_array()) {
    for (const json::value& e : *array)
      if (e.is_structured()) n += members_of(e);
  } else if (const auto* object = v.if_object()) {
    n = object->size();
    for (const auto& member : *object)
      if (member.value().is_structured()) n += members_of(member.value());
  }
  return n;
}

json::parse_options options() {
  json::parse_options o;
  o.allow_invalid_utf8 = true;
  return o;
}

std::string type_name(const json::value& v) {
  if (v.is_string()) return "a string";
  if (v.is_array()) return "an array";
  if (v.is_object()) return "an object";
  if (v.is_bool()) return "a boolean";
  return v.is_null() ? "null" : "a number";
}

}  // namespace

json::value parse_json(std::string_view text) {
  json::basic_parser<Handler> parser(options());
  parser.handler().stack.reset();
  json::error_code ec;
  const size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = json::error::extra_data;
  if (ec) throw std::runtime_error(fmt::format("is not valid JSON: {} at byte {}", ec.message(), used));
  json::value value = parser.handler().stack.release();
  if (members_of(value) != parser.handler().members) {
    json::basic_parser<DuplicateFinder> finder(options());
    finder.write_some(false, text.data(), text.size(), ec);
    throw std::runtime_error(
        fmt::format("has the key \"{}\" twice in one object; keep one of them", finder.handler().duplicate));
  }
  return value;
}

json::value parse_model_json(std::string_view text, const std::filesystem::path& file) {
  // Patterns, replacements and tokens of the file meet texts that are known to be valid, and are trusted like
  // them.
  if (const size_t at = first_invalid_utf8(text); at != std::string_view::npos)
    throw ModelError(file, fmt::format("is not UTF-8 at byte {}; recode it", at));
  try {
    return parse_json(text);
  } catch (const std::runtime_error& e) {
    throw ModelError(file, e.what());
  }
}

void JsonNode::fail(const std::string& message) const {
  throw ModelError(*file_, (where_.empty() ? "" : where_ + ": ") + message);
}

const json::object& JsonNode::object() const {
  if (!value_->is_object()) fail("expected an object, found " + type_name(*value_));
  return value_->get_object();
}

std::string_view JsonNode::string() const {
  if (!value_->is_string()) fail("expected a string, found " + type_name(*value_));
  return {value_->get_string().data(), value_->get_string().size()};
}

std::string_view JsonNode::character() const {
  const std::string_view text = string();
  if (text.empty() || static_cast<size_t>(code_point_at(text, 0).length) != text.size())
    fail(fmt::format("expected one character, found \"{}\"", with_replacements(text.substr(0, 64))));
  return text;
}

bool JsonNode::boolean() const {
  if (!value_->is_bool()) fail("expected true or false, found " + type_name(*value_));
  return value_->get_bool();
}

int64_t JsonNode::integer() const {
  if (!value_->is_int64()) fail("expected an integer, found " + type_name(*value_));
  return value_->get_int64();
}

int64_t JsonNode::size() const {
  if (!value_->is_array()) fail("expected an array, found " + type_name(*value_));
  return static_cast<int64_t>(value_->get_array().size());
}

JsonNode JsonNode::element(int64_t index) const {
  if (index < 0 || index >= size())
    fail(fmt::format("expected at least {} elements, found {}", index + 1, size()));
  return {value_->get_array()[static_cast<size_t>(index)], *file_, fmt::format("{}[{}]", where_, index)};
}

std::optional<JsonNode> JsonNode::find(std::string_view key) const {
  const json::value* v = object().if_contains(json::string_view(key.data(), key.size()));
  if (v == nullptr || v->is_null()) return std::nullopt;
  return JsonNode(*v, *file_, where_.empty() ? std::string(key) : fmt::format("{}.{}", where_, key));
}

JsonNode JsonNode::at(std::string_view key) const {
  if (auto node = find(key)) return *node;
  fail(fmt::format("expected the key \"{}\", found none", key));
}

bool JsonNode::flag(std::string_view key, bool otherwise) const {
  const auto node = find(key);
  return node ? node->boolean() : otherwise;
}

std::string JsonNode::text(std::string_view key, std::string_view otherwise) const {
  const auto node = find(key);
  return std::string(node ? node->string() : otherwise);
}

void JsonNode::only(std::initializer_list<std::string_view> keys) const {
  for (const auto& member : object()) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail(fmt::format("\"{}\" is not supported; known here are {}", key, fmt::join(keys, ", ")));
  }
}

}  // namespace fullshard::tokenize
