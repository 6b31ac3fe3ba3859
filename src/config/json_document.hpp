#pragma once
// JSON with line numbers: what an error message needs and a parser of values alone does not keep.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fullshard::config {

/// One JSON value; `name` is its key where it is a member of an object.
struct JsonValue {
  enum class Kind { Null, Bool, Integer, Real, String, Array, Object };

  Kind kind = Kind::Null;
  bool truth = false;
  int64_t integer = 0;
  double real = 0;  ///< also the value of an Integer; integers beyond 64 bits are Real
  std::string text;
  std::vector<JsonValue> items;
  std::string name;
  int line = 0;  ///< of the key, or of the value where there is none; counts from 1

  bool is_null() const { return kind == Kind::Null; }
  bool is_number() const { return kind == Kind::Integer || kind == Kind::Real; }
  /// The member `key` of an object; null where there is none.
  const JsonValue* find(std::string_view key) const;
  /// As a user would write it, on one line.
  std::string to_json() const;
  /// For a message, like to_json(); long values are cut.
  std::string shown() const;
  /// shown() and its kind: `"fast" (a string)`.
  std::string described() const;
};

/// A key for a message: as it is, or the start of it as JSON where it is long or has control characters.
std::string shown_key(std::string_view key);

bool same_value(const JsonValue& a, const JsonValue& b);

struct JsonDocument {
  JsonValue root;
  /// "key: given in line 3 and again in line 9", one per repeated key; the last value stands.
  std::vector<std::string> duplicates;
};

enum class JsonDialect {
  Strict,
  Relaxed,  ///< comments and trailing commas
};

/// Throws Error(Usage) "line 4: …" where the text is not JSON.
JsonDocument parse_json(std::string_view text, JsonDialect dialect);

/// The content of a small JSON file. Throws IoError if it cannot be read or has more than 16 MiB.
std::string read_json_text(const std::filesystem::path& path);

}  // namespace fullshard::config
