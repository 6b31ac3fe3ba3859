#pragma once
// JSON from files that nobody vouches for: Boost.JSON keeps the last of two equal keys without a word, so
// this parser refuses them, and JsonNode turns every wrong turn into an error that names file and key.

#include <boost/json/value.hpp>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace fullshard::tokenize {

/// The value of `text`, or std::runtime_error with the reason and the byte at which it broke. Refuses
/// duplicate keys and more than 32 nested levels; invalid UTF-8 inside strings is kept as it is.
boost::json::value parse_json(std::string_view text);

/// A value of a model's JSON file with the way to it ("model.merges[3]"). It borrows the value.
class JsonNode {
 public:
  JsonNode(const boost::json::value& value, const std::filesystem::path& file, std::string where)
      : value_(&value), file_(&file), where_(std::move(where)) {}

  [[noreturn]] void fail(const std::string& message) const;
  const boost::json::value& raw() const { return *value_; }
  const std::string& where() const { return where_; }
  bool is_string() const { return value_->is_string(); }
  bool is_array() const { return value_->is_array(); }

  std::string_view string() const;
  /// A string of one character, which may have several bytes.
  std::string_view character() const;
  bool boolean() const;
  int64_t integer() const;
  int64_t size() const;
  JsonNode element(int64_t index) const;

  JsonNode at(std::string_view key) const;
  /// Absent and null are the same thing.
  std::optional<JsonNode> find(std::string_view key) const;
  bool flag(std::string_view key, bool otherwise) const;
  std::string text(std::string_view key, std::string_view otherwise) const;
  /// Refuses members with other names: what we do not know, we cannot honour.
  void only(std::initializer_list<std::string_view> keys) const;

 private:
  const boost::json::object& object() const;

  const boost::json::value* value_;
  const std::filesystem::path* file_;
  std::string where_;
};

/// Parses the text of a file of a model directory; what is wrong with it, bytes that are not UTF-8 among
/// that, is a ModelError.
boost::json::value parse_model_json(std::string_view text, const std::filesystem::path& file);

}  // namespace fullshard::tokenize
