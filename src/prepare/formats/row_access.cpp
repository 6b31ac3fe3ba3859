#include "prepare/formats/row_access.hpp"

#include "fullshard/core/json_writer.hpp"
#include "fullshard/jinja/error.hpp"
#include "fullshard/jinja/parse_json.hpp"

namespace fullshard::prepare {

using jinja::Kind;
using jinja::Value;

namespace {

constexpr size_t kColumnsShown = 20;

}  // namespace

std::string names_in(const Value& row) {
  std::string names;
  size_t shown = 0;
  for (const jinja::DictEntry& entry : row.dict().entries) {
    if (++shown > kColumnsShown) return names + ", …";
    names += fmt::format("{}{}", names.empty() ? "" : ", ", json_excerpt(entry.key.string()));
  }
  return names.empty() ? "none" : names;
}

const Value* column(const Value& row, std::string_view name) {
  const Value* value = name.empty() ? nullptr : jinja::member(row, name);
  return value != nullptr && value->is(Kind::None) ? nullptr : value;
}

const Value& needed(const Value& row, std::string_view name, std::string_view option) {
  if (const Value* value = column(row, name)) return *value;
  if (name.empty()) fail(Fault::Row, "columns.{} names no column", option);
  if (jinja::member(row, name) != nullptr)
    fail(Fault::Row, "the column \"{}\" is null; give it something to train, or leave the row out", name);
  fail(Fault::Row, "expected the column \"{}\", found {}; name the right one in columns.{}", name,
       names_in(row), option);
}

std::string_view text_of(const Value& value, std::string_view what) {
  if (!value.is(Kind::String)) fail(Fault::Row, "{}: expected a string, found {}", what, json_kind(value));
  return value.string();
}

std::span<const Value> list_of(const Value& value, std::string_view what) {
  if (!value.is(Kind::List)) fail(Fault::Row, "{}: expected a list, found {}", what, json_kind(value));
  return value.items();
}

Value parse_inner(std::string_view text, std::string_view what, jinja::Heap& heap) {
  try {
    return jinja::parse_json(text, heap);
  } catch (const jinja::TemplateError& e) {
    fail(Fault::Row, "{}: {}", what, e.reason);
  }
}

}  // namespace fullshard::prepare
