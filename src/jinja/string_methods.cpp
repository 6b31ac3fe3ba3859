// Methods of str that change, search or take apart a text.

#include <fmt/format.h>

#include <algorithm>

#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/sequence.hpp"
#include "jinja/string_parts.hpp"
#include "jinja/text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

std::optional<std::string_view> optional_text(const Value& v, std::string_view what) {
  return given_and_not_none(v) ? std::optional(text_argument(v, what)) : std::nullopt;
}

template <Side side>
Value strip(Interpreter& in, Bound a) {
  return Value::string(stripped(in.heap(), a[0].string(), optional_text(a[1], "strip"), side));
}

template <Side from>
Value split_method(Interpreter& in, Bound a) {
  const int64_t most = given(a[2]) ? integer_argument(a[2], "split") : -1;
  return split(in.heap(), a[0].string(), optional_text(a[1], "split"), most, from);
}

Value splitlines(Interpreter& in, Bound a) {
  return lines_of(in.heap(), a[0].string(), given(a[1]) && is_true(a[1]));
}

template <std::string (*convert)(std::string_view)>
Value converted(Interpreter& in, Bound a) {
  in.heap().spend_on_characters(a[0].string().size());
  return in.heap().string(convert(a[0].string()));
}

Value replace(Interpreter& in, Bound a) {
  const int64_t most = given(a[3]) ? integer_argument(a[3], "replace") : -1;
  return replaced(in.heap(), a[0].string(), text_argument(a[1], "replace"), text_argument(a[2], "replace"),
                  most);
}

// text[start:end] of methods that take such bounds, and how many characters lie before it.
struct Window {
  std::string_view text;
  int64_t before;
  bool inside;  // start is not beyond the end
};

Window window(Heap& heap, Bound a) {
  const std::string_view text = a[0].string();
  heap.spend_on_text(text.size());
  const auto bound = [](const Value& v) { return given(v) ? v : Value::none(); };
  const auto size = static_cast<int64_t>(count_code_points(text));
  if (!given_and_not_none(a[2]) && !given_and_not_none(a[3])) return {text, 0, true};
  const int64_t start = given_and_not_none(a[2]) ? integer_argument(a[2], "start") : 0;
  const Value part = slice_of(heap, a[0], {bound(a[2]), bound(a[3]), Value::none()});
  const int64_t from = start < 0 ? std::max<int64_t>(start + size, 0) : start;
  const int64_t stop = given_and_not_none(a[3]) ? integer_argument(a[3], "end") : size;
  const int64_t to = std::min(stop < 0 ? std::max<int64_t>(stop + size, 0) : stop, size);
  return {part.string(), from, from <= to};
}

enum class Find { First, Last };

template <Find which>
size_t found(Heap& heap, std::string_view text, std::string_view needle) {
  return which == Find::First ? find_text(heap, text, needle) : rfind_text(heap, text, needle);
}

template <Find which>
int64_t position(Interpreter& in, Bound a) {
  const Window w = window(in.heap(), a);
  const std::string_view needle = text_argument(a[1], "find");
  if (!w.inside) return -1;
  in.heap().spend_on_text(w.text.size());
  const size_t at = found<which>(in.heap(), w.text, needle);
  return at == w.text.npos ? -1 : w.before + static_cast<int64_t>(count_code_points(w.text.substr(0, at)));
}

template <Find which>
Value find_method_of_text(Interpreter& in, Bound a) {
  return Value::integer(position<which>(in, a));
}

template <Find which>
Value index(Interpreter& in, Bound a) {
  const int64_t at = position<which>(in, a);
  if (at < 0) fail(ErrorKind::Value, "substring not found");
  return Value::integer(at);
}

Value count(Interpreter& in, Bound a) {
  const Window w = window(in.heap(), a);
  const std::string_view needle = text_argument(a[1], "count");
  if (!w.inside) return Value::integer(0);
  if (needle.empty()) return Value::integer(static_cast<int64_t>(count_code_points(w.text)) + 1);
  int64_t n = 0;
  for (size_t at = 0; (at = find_text(in.heap(), w.text, needle, at)) != w.text.npos; at += needle.size())
    ++n;
  return Value::integer(n);
}

template <Side side>
Value has_affix(Interpreter& in, Bound a) {
  const Window w = window(in.heap(), a);
  const std::string_view name = side == Side::Left ? "startswith" : "endswith";
  const auto matches = [&](const Value& affix) {
    const std::string_view t = affix.string();
    in.heap().spend_on_text(t.size());
    return w.inside && (side == Side::Left ? w.text.starts_with(t) : w.text.ends_with(t));
  };
  if (a[1].is(Kind::String)) return Value::boolean(matches(a[1]));
  if (!a[1].is(Kind::Tuple))
    fail(ErrorKind::Type,
         fmt::format("{} first arg must be str or a tuple of str, not {}", name, type_name(a[1])));
  for (const Value& affix : a[1].items()) {
    text_argument(affix, name);
    if (matches(affix)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

template <Side side>
Value remove_affix(Interpreter& in, Bound a) {
  const std::string_view text = a[0].string(), affix = text_argument(a[1], "removeprefix");
  in.heap().spend_on_text(affix.size());
  const bool has = side == Side::Left ? text.starts_with(affix) : text.ends_with(affix);
  if (!has) return a[0];
  return Value::string(side == Side::Left ? text.substr(affix.size())
                                          : text.substr(0, text.size() - affix.size()));
}

template <Find which>
Value partition(Interpreter& in, Bound a) {
  const std::string_view text = a[0].string(), separator = text_argument(a[1], "partition");
  if (separator.empty()) fail(ErrorKind::Value, "empty separator");
  const size_t at = found<which>(in.heap(), text, separator);
  const Value nothing = Value::string({});
  const Value whole[] = {which == Find::First ? a[0] : nothing, nothing,
                         which == Find::First ? nothing : a[0]};
  if (at == text.npos) return in.heap().tuple(whole);
  const Value parts[] = {Value::string(text.substr(0, at)), a[1],
                         Value::string(text.substr(at + separator.size()))};
  return in.heap().tuple(parts);
}

Value join(Interpreter& in, Bound a) {
  std::vector<std::string_view> parts;
  for (const Value& item : items_of(in.heap(), a[1])) {
    if (!item.is(Kind::String))
      fail(ErrorKind::Type,
           fmt::format("sequence item {}: expected str instance, {} found", parts.size(), type_name(item)));
    parts.push_back(item.string());
  }
  return joined(in.heap(), a[0].string(), parts);
}

template <Side side>
Value justify(Interpreter& in, Bound a) {
  const int64_t width = integer_argument(a[1], "width");
  const std::string_view fill = given(a[2]) ? text_argument(a[2], "fillchar") : " ";
  if (side == Side::Both) return centred(in.heap(), a[0].string(), width, fill);
  const int64_t room = std::max<int64_t>(width - length_of(in.heap(), a[0]), 0);
  return padded(in.heap(), a[0].string(), side == Side::Right ? room : 0, side == Side::Left ? room : 0,
                fill);
}

Value zfill(Interpreter& in, Bound a) {
  std::string_view text = a[0].string();
  const int64_t room = integer_argument(a[1], "width") - length_of(in.heap(), a[0]);
  if (room <= 0) return a[0];
  const bool sign = text.starts_with('+') || text.starts_with('-');
  const Value zeros = padded(in.heap(), text.substr(sign ? 1 : 0), room, 0, "0");
  return sign ? in.heap().concat(text.substr(0, 1), zeros.string()) : zeros;
}

Value expandtabs(Interpreter& in, Bound a) {
  const int64_t size = given(a[1]) ? integer_argument(a[1], "tabsize") : 8;
  in.heap().spend_on_characters(a[0].string().size());
  std::string out;
  int64_t column = 0;
  for (const char c : a[0].string()) {
    check_text_size(in.heap(), out.size() + static_cast<size_t>(std::clamp<int64_t>(size, 0, 1 << 30)));
    if (c == '\t') {
      const int64_t spaces = size > 0 ? size - column % size : 0;
      out.append(static_cast<size_t>(spaces), ' ');
      column += spaces;
      continue;
    }
    out += c;
    column = c == '\n' || c == '\r' ? 0 : column + ((c & 0xC0) != 0x80 ? 1 : 0);
  }
  return in.heap().string(out);
}

constexpr Native kMethods[] = {
    {"strip", "self chars /", 1, strip<Side::Both>},
    {"lstrip", "self chars /", 1, strip<Side::Left>},
    {"rstrip", "self chars /", 1, strip<Side::Right>},
    {"split", "self sep maxsplit", 1, split_method<Side::Left>},
    {"rsplit", "self sep maxsplit", 1, split_method<Side::Right>},
    {"splitlines", "self keepends", 1, splitlines},
    {"upper", "self", 1, converted<to_upper>},
    {"lower", "self", 1, converted<to_lower>},
    {"title", "self", 1, converted<to_title>},
    {"capitalize", "self", 1, converted<to_capitalized>},
    {"casefold", "self", 1, converted<to_casefold>},
    {"swapcase", "self", 1, converted<to_swapped_case>},
    {"replace", "self old new count /", 3, replace},
    {"find", "self sub start end /", 2, find_method_of_text<Find::First>},
    {"rfind", "self sub start end /", 2, find_method_of_text<Find::Last>},
    {"index", "self sub start end /", 2, index<Find::First>},
    {"rindex", "self sub start end /", 2, index<Find::Last>},
    {"count", "self sub start end /", 2, count},
    {"startswith", "self prefix start end /", 2, has_affix<Side::Left>},
    {"endswith", "self suffix start end /", 2, has_affix<Side::Right>},
    {"removeprefix", "self prefix /", 2, remove_affix<Side::Left>},
    {"removesuffix", "self suffix /", 2, remove_affix<Side::Right>},
    {"partition", "self sep /", 2, partition<Find::First>},
    {"rpartition", "self sep /", 2, partition<Find::Last>},
    {"join", "self iterable /", 2, join},
    {"center", "self width fillchar /", 2, justify<Side::Both>},
    {"ljust", "self width fillchar /", 2, justify<Side::Left>},
    {"rjust", "self width fillchar /", 2, justify<Side::Right>},
    {"zfill", "self width /", 2, zfill},
    {"expandtabs", "self tabsize", 1, expandtabs},
};

}  // namespace

std::span<const Native> string_methods() {
  return kMethods;
}

}  // namespace fullshard::jinja
