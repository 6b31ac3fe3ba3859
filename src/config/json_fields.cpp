#include "config/json_fields.hpp"

#include <fmt/format.h>

#include <cmath>

namespace fullshard::config {

const JsonValue* JsonFields::given(std::string_view key) const {
  const JsonValue* v = object_.find(key);
  return v && !v->is_null() ? v : nullptr;
}

std::optional<int64_t> JsonFields::integer(std::string_view key, IntegerRange range) const {
  const JsonValue* v = given(key);
  if (!v) return {};
  if (v->kind == JsonValue::Kind::Integer && v->integer >= range.least && v->integer <= range.greatest)
    return v->integer;
  expected(key, fmt::format("a whole number from {} to {}", range.least, range.greatest));
  return {};
}

std::optional<double> JsonFields::real(std::string_view key, RealRange range) const {
  const JsonValue* v = given(key);
  if (!v) return {};
  if (v->is_number() && std::isfinite(v->real) && v->real >= range.least && v->real <= range.greatest)
    return v->real;
  expected(key, fmt::format("a number from {:g} to {:g}", range.least, range.greatest));
  return {};
}

std::optional<bool> JsonFields::truth(std::string_view key) const {
  const JsonValue* v = given(key);
  if (!v) return {};
  if (v->kind == JsonValue::Kind::Bool) return v->truth;
  expected(key, "true or false");
  return {};
}

std::optional<std::string> JsonFields::string(std::string_view key) const {
  const JsonValue* v = given(key);
  if (!v) return {};
  if (v->kind == JsonValue::Kind::String) return v->text;
  expected(key, "a string");
  return {};
}

void JsonFields::expected(std::string_view key, const std::string& what) const {
  const JsonValue* v = object_.find(key);
  problem(key, fmt::format("expected {}, found {}", what, v ? v->described() : "nothing"));
}

void JsonFields::problem(std::string_view key, const std::string& text) const {
  const JsonValue* v = object_.find(key);
  const std::string where = v ? fmt::format(" (line {})", v->line) : "";
  problems_.push_back(fmt::format("{}{}{}: {}", prefix_, shown_key(key), where, text));
}

}  // namespace fullshard::config
