#include "jinja/attribute_path.hpp"

#include <algorithm>
#include <charconv>

#include "jinja/attributes.hpp"
#include "jinja/compare.hpp"
#include "jinja/native.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

AttributePath::AttributePath(Heap& heap, const Value& attribute) {
  if (!given_and_not_none(attribute)) return;
  if (!attribute.is(Kind::String)) {
    parts_.push_back(attribute);
    return;
  }
  std::string_view rest = attribute.string();
  heap.spend_on_text(rest.size());
  for (;;) {
    heap.spend(1);
    const size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, dot);
    int64_t index = 0;
    const auto read = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool number =
        !part.empty() && part[0] != '-' && read.ec == std::errc{} && read.ptr == part.data() + part.size();
    parts_.push_back(number ? Value::integer(index) : Value::string(part));
    if (dot == rest.size()) return;
    rest.remove_prefix(dot + 1);
  }
}

Value AttributePath::of(Heap& heap, Value v, const Value& otherwise) const {
  heap.spend(static_cast<int64_t>(parts_.size()));
  for (const Value& part : parts_) {
    v = item_of(heap, v, part);
    if (v.is(Kind::Undefined) && given_and_not_none(otherwise)) v = otherwise;
  }
  return v;
}

SortKey::SortKey(Heap& heap, const Value& attribute, const Value& case_sensitive)
    : path(heap, attribute), fold_case(!given(case_sensitive) || !is_true(case_sensitive)) {}

Value SortKey::of(Heap& heap, const Value& v, const Value& otherwise) const {
  const Value key = path.of(heap, v, otherwise);
  return fold_case ? folded(heap, key) : key;
}

Value folded(Heap& heap, const Value& v) {
  if (!v.is(Kind::String)) return v;
  const std::string_view text = v.string();
  heap.spend_on_text(text.size());
  const bool is_folded =
      std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0 && (c < 'A' || c > 'Z'); });
  if (is_folded) return v;
  heap.spend_on_characters(text.size());
  return heap.string(to_lower(text));
}

}  // namespace fullshard::jinja
