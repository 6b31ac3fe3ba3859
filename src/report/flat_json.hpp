#pragma once
// Reads one flat JSON object (no nested values), which is all that a log line of ours is.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fullshard::report {

class FlatJson {
 public:
  /// Empty if `line` is not one JSON object of strings, numbers, booleans and nulls.
  static std::optional<FlatJson> parse(std::string_view line);

  /// The value of `key`; empty if it is absent, null or of another type.
  std::optional<double> number(std::string_view key) const;
  std::optional<int64_t> integer(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;

 private:
  std::map<std::string, std::string, std::less<>> raw_;  // a string keeps its opening quote, escapes undone
};

}  // namespace fullshard::report
