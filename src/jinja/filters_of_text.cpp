// Filters that make text of text.

#include <fmt/format.h>

#include <algorithm>

#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/markup.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/operators.hpp"
#include "jinja/sequence.hpp"
#include "jinja/string_parts.hpp"
#include "jinja/text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

template <std::string (*convert)(std::string_view)>
Value converted(Interpreter& in, Bound a) {
  return like(a[0], in.heap().string(convert(soft_text(in.heap(), a[0]))));
}

// Words start after white space and opening brackets and hyphens, not after any character without case as
// str.title() has it.
std::string titled(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto splits = [&](size_t i) {
      const CodePoint c = code_point_at(text, i);
      return is_space(c.value) ||
             (c.value < 0x80 &&
              std::string_view("-({[<").find(static_cast<char>(c.value)) != std::string_view::npos);
    };
    const size_t first = code_point_at(text, at).length;
    size_t end = at + first;
    if (splits(at)) {
      out += text.substr(at, first);
    } else {
      while (end < text.size() && !splits(end)) end += code_point_at(text, end).length;
      out += to_upper(text.substr(at, first));
      out += to_lower(text.substr(at + first, end - at - first));
    }
    at = end;
  }
  return out;
}

Value title(Interpreter& in, Bound a) {
  return in.heap().string(titled(soft_text(in.heap(), a[0])));
}

Value string_filter(Interpreter& in, Bound a) {
  return str_of(in.heap(), a[0]);
}

Value trim(Interpreter& in, Bound a) {
  const auto chars = given_and_not_none(a[1]) ? std::optional(text_argument(a[1], "trim")) : std::nullopt;
  return like(a[0], Value::string(stripped(in.heap(), soft_text(in.heap(), a[0]), chars, Side::Both)));
}

Value replace(Interpreter& in, Bound a) {
  const int64_t most = given_and_not_none(a[3]) ? integer_argument(a[3], "replace") : -1;
  return replaced(in.heap(), soft_text(in.heap(), a[0]), soft_text(in.heap(), a[1]),
                  soft_text(in.heap(), a[2]), most);
}

std::string_view width_text(Interpreter& in, const Value& width) {
  if (width.is(Kind::String)) return width.string();
  const int64_t count = given(width) ? integer_argument(width, "indent") : 4;
  return repeated(in.heap(), Value::string(" "), count).string();
}

// Lines after the first are moved in; the first and empty ones only when asked.
Value indent(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const bool first = given(a[2]) && is_true(a[2]), blank = given(a[3]) && is_true(a[3]);
  const std::string_view width = width_text(in, a[1]);
  require_defined(a[0]);
  const Value text = heap.concat(text_argument(a[0], "indent"), "\n");
  std::string out;
  bool is_first = true;
  for (const Value& line : lines_of(heap, text.string(), false).items()) {
    const bool moved = is_first ? first : blank || !line.string().empty();
    check_text_size(heap, out.size() + line.string().size() + width.size());
    heap.spend_on_text(line.string().size() + width.size());
    if (!is_first) out += '\n';
    if (moved) out += width;
    out += line.string();
    is_first = false;
  }
  return like(a[0], heap.string(out));
}

Value truncate(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const int64_t length = given(a[1]) ? integer_argument(a[1], "truncate") : 255;
  const Value end_text = given(a[3]) ? a[3] : Value::string("...");
  const std::string_view end = text_argument(end_text, "truncate");
  const int64_t leeway = given_and_not_none(a[4]) ? integer_argument(a[4], "truncate") : 5;
  heap.spend_on_text(end.size());
  const auto end_length = static_cast<int64_t>(count_code_points(end));
  if (length < end_length)
    fail(ErrorKind::Value, fmt::format("expected length >= {}, got {}", end_length, length));
  if (leeway < 0) fail(ErrorKind::Value, fmt::format("expected leeway >= 0, got {}", leeway));

  if (length_of(heap, a[0]) - leeway <= length) return a[0];
  const std::string_view text = text_argument(a[0], "truncate");
  heap.spend_on_characters(text.size());
  std::string_view kept = text.substr(0, byte_of(text, static_cast<size_t>(length - end_length)));
  const size_t space = kept.rfind(' ');
  if (!(given(a[2]) && is_true(a[2])) && space != kept.npos) kept = kept.substr(0, space);
  return like(a[0], heap.concat(kept, a[0].is_markup() ? escaped(heap, end_text).string() : end));
}

Value center(Interpreter& in, Bound a) {
  const int64_t width = given(a[1]) ? integer_argument(a[1], "center") : 80;
  return like(a[0], centred(in.heap(), soft_text(in.heap(), a[0]), width, " "));
}

Value wordcount(Interpreter& in, Bound a) {
  const std::string_view text = soft_text(in.heap(), a[0]);
  int64_t words = 0;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    const bool word = is_word(c.value);
    words += word && !inside;
    inside = word;
    at += c.length;
  }
  return Value::integer(words);
}

Value format(Interpreter& in, const Arguments& arguments) {
  if (arguments.positional.empty()) fail(ErrorKind::Type, "format() missing the required argument 'value'");
  const auto values = arguments.positional.subspan(1);
  if (!values.empty() && !arguments.named.empty())
    fail(ErrorKind::Runtime, "can't handle positional and keyword arguments at the same time");
  std::vector<DictEntry> entries;
  for (const NamedValue& n : arguments.named) entries.push_back({n.name, n.value});
  const Value filling = entries.empty() ? Value::tuple(values) : in.heap().dict(entries);
  return printf_format(in.heap(), str_of(in.heap(), arguments.positional[0]), filling);
}

Value tojson(Interpreter& in, Bound a) {
  JsonStyle style;
  style.ascii = given(a[1]) && is_true(a[1]);
  if (given_and_not_none(a[2])) {
    style.lines = true;
    style.item_separator = ",";
    style.indent = width_text(in, a[2].is(Kind::Bool) ? Value::integer(a[2].integer()) : a[2]);
  }
  if (given_and_not_none(a[3])) {
    const auto pair = items_of(in.heap(), a[3]);
    if (pair.size() != 2) fail(ErrorKind::Value, "tojson: separators are two, (item, key)");
    style.item_separator = text_argument(pair[0], "tojson");
    style.key_separator = text_argument(pair[1], "tojson");
  }
  style.sort_keys = given(a[4]) && is_true(a[4]);
  in.heap().spend_on_text(style.indent.size() + style.item_separator.size() + style.key_separator.size());
  std::string out;
  append_json(in.heap(), a[0], style, out);
  return in.heap().string(out);
}

constexpr Native kFilters[] = {
    {"upper", "s", 1, converted<to_upper>},
    {"lower", "s", 1, converted<to_lower>},
    {"capitalize", "s", 1, converted<to_capitalized>},
    {"title", "s", 1, title},
    {"string", "s", 1, string_filter},
    {"trim", "value chars", 1, trim},
    {"replace", "s old new count", 3, replace},
    {"indent", "s width first blank", 1, indent},
    {"truncate", "s length killwords end leeway", 1, truncate},
    {"center", "value width", 1, center},
    {"wordcount", "s", 1, wordcount},
    {"format", "", 0, nullptr, format},
    {"tojson", "x ensure_ascii indent separators sort_keys", 1, tojson},
};

}  // namespace

std::span<const Native> filters_of_text() {
  return kFilters;
}

}  // namespace fullshard::jinja
