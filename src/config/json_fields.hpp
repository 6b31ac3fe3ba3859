#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/json_document.hpp"

namespace fullshard::config {

struct IntegerRange {
  int64_t least, greatest;
};
struct RealRange {
  double least, greatest;
};

/// Typed access to the members of one JSON object. An absent key and null both mean "not given"; a value of
/// another type or out of range becomes a problem and counts as not given.
class JsonFields {
 public:
  JsonFields(const JsonValue& object, std::string prefix, std::vector<std::string>& problems)
      : object_(object), prefix_(std::move(prefix)), problems_(problems) {}

  /// Null where the key is absent; a JSON null is found.
  const JsonValue* raw(std::string_view key) const { return object_.find(key); }
  /// Null where the key is absent or null.
  const JsonValue* given(std::string_view key) const;
  std::optional<int64_t> integer(std::string_view key, IntegerRange range) const;
  std::optional<double> real(std::string_view key, RealRange range) const;
  std::optional<bool> truth(std::string_view key) const;
  std::optional<std::string> string(std::string_view key) const;

  void expected(std::string_view key, const std::string& what) const;
  void problem(std::string_view key, const std::string& text) const;

 private:
  const JsonValue& object_;
  std::string prefix_;
  std::vector<std::string>& problems_;
};

}  // namespace fullshard::config
