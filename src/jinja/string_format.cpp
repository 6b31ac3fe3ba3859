// str.format and str.format_map.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "jinja/attributes.hpp"
#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/format_spec.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/markup.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

namespace {

class Formatter {
 public:
  Formatter(Heap& heap, std::span<const Value> positional, std::span<const NamedValue> named)
      : heap_(heap), positional_(positional), named_(named) {}

  /// `format` filled; the values of one that is Markup are escaped.
  Value filled(const Value& format) {
    escapes_ = format.is_markup();
    return like(format, heap_.string(run(format.string(), 0)));
  }

 private:
  std::string run(std::string_view format, int depth) {
    if (depth > 1) fail(ErrorKind::Value, "Max string recursion exceeded");
    std::string out;
    heap_.spend_on_characters(format.size());
    while (!format.empty()) {
      const size_t at = std::min(format.find_first_of("{}"), format.size());
      out += format.substr(0, at);
      format.remove_prefix(at);
      check_text_size(heap_, out.size());
      heap_.spend_on_text(at);
      if (format.empty()) break;
      const char brace = format[0];
      format.remove_prefix(1);
      if (format.starts_with(brace)) {
        out += brace;
        format.remove_prefix(1);
      } else if (brace == '}') {
        fail(ErrorKind::Value, "Single '}' encountered in format string");
      } else {
        out += field(take_field(format), depth);
      }
    }
    return out;
  }

  static std::string_view take_field(std::string_view& format) {
    int open = 1;
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] == '{') ++open;
      if (format[i] == '}' && --open == 0) {
        const std::string_view inside = format.substr(0, i);
        format.remove_prefix(i + 1);
        return inside;
      }
    }
    fail(ErrorKind::Value, "expected '}' before end of string");
  }

  std::string field(std::string_view inside, int depth) {
    const size_t bracket = inside.find('['),
                 end_of_brackets =
                     bracket == inside.npos ? 0 : std::min(inside.rfind(']'), inside.size() - 1);
    size_t name_end = inside.find_first_of("!:");
    if (bracket < name_end) name_end = inside.find_first_of("!:", end_of_brackets);
    name_end = std::min(name_end, inside.size());
    std::string_view rest = inside.substr(name_end);
    Value v = looked_up(inside.substr(0, name_end));
    if (rest.starts_with('!')) {
      if (rest.size() < 2) fail(ErrorKind::Value, "end of string while looking for conversion specifier");
      v = conversion(v, rest[1]);
      rest.remove_prefix(2);
      if (!rest.empty() && rest[0] != ':') fail(ErrorKind::Value, "expected ':' after conversion specifier");
    }
    const std::string spec = rest.empty() ? "" : run(rest.substr(1), depth + 1);
    return escapes_ ? formatted_and_escaped(v, spec) : formatted(v, spec);
  }

  std::string formatted_and_escaped(const Value& v, std::string_view spec) {
    if (!v.is_markup()) return escaped_text(formatted(v, spec));
    if (!spec.empty())
      fail(ErrorKind::Value, "a text that is escaped already takes no format of its own inside another one");
    return std::string(v.string());
  }

  Value conversion(const Value& v, char kind) {
    if (kind == 's') return Value::string(str_of(heap_, v).string());
    if (kind == 'r' || kind == 'a') return heap_.string(repr_text(heap_, v));
    fail(ErrorKind::Value, fmt::format("Unknown conversion specifier {}", shown_name({&kind, 1})));
  }

  Value looked_up(std::string_view name) {
    const size_t end = std::min(name.find_first_of(".["), name.size());
    Value v = root(name.substr(0, end));
    name.remove_prefix(end);
    while (!name.empty()) {
      const bool attribute = name[0] == '.';
      name.remove_prefix(1);
      const size_t stop = std::min(attribute ? name.find_first_of(".[") : name.find(']'), name.size());
      const std::string_view key = name.substr(0, stop);
      if (key.empty()) fail(ErrorKind::Value, "Empty attribute in format string");
      if (!attribute && stop == name.size()) fail(ErrorKind::Value, "Missing ']' in format string");
      name.remove_prefix(stop + (attribute ? 0 : 1));
      v = attribute ? attribute_of(heap_, v, Value::string(key)) : item_of(heap_, v, key_of(key));
    }
    return v;
  }

  static Value key_of(std::string_view key) {
    int64_t i = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), i);
    const bool number = key[0] != '-' && read.ec == std::errc{} && read.ptr == key.data() + key.size();
    return number ? Value::integer(i) : Value::string(key);
  }

  Value root(std::string_view name) {
    const Value key = name.empty() ? Value::integer(next_++) : key_of(name);
    if (key.is(Kind::Int)) {
      const auto i = static_cast<uint64_t>(key.integer());
      if (i >= positional_.size())
        fail(ErrorKind::Value, fmt::format("Replacement index {} out of range for positional args tuple", i));
      return positional_[i];
    }
    heap_.spend(1 + static_cast<int64_t>(named_.size() / 8));
    for (const NamedValue& n : named_)
      if (equal_text(heap_, n.name.string(), name)) return n.value;
    fail(ErrorKind::Value,
         fmt::format("the format asks for {}, which the call does not give", shown_name(name)));
  }

  std::string formatted(const Value& v, std::string_view text) {
    if (text.empty()) {
      std::string out;
      append_str(heap_, v, out);
      return out;
    }
    const FormatSpec spec = parse_spec(text);
    if (v.is_integral()) return formatted_integer(heap_, v.integer(), spec);
    if (v.is(Kind::Float)) return formatted_real(heap_, v.real(), spec);
    if (v.is(Kind::String)) return formatted_text(heap_, v.string(), spec);
    fail(ErrorKind::Type, fmt::format("unsupported format string passed to {}.__format__", type_name(v)));
  }

  Heap& heap_;
  bool escapes_ = false;
  std::span<const Value> positional_;
  std::span<const NamedValue> named_;
  int64_t next_ = 0;
};

Value format(Interpreter& in, const Arguments& arguments) {
  Formatter formatter(in.heap(), arguments.positional.subspan(1), arguments.named);
  return formatter.filled(arguments.positional[0]);
}

Value format_map(Interpreter& in, Bound a) {
  if (!a[1].is(Kind::Dict))
    fail(ErrorKind::Type, fmt::format("format_map: expected a mapping, found '{}'", type_name(a[1])));
  in.heap().spend(1 + static_cast<int64_t>(a[1].dict().entries.size() / 8));
  std::vector<NamedValue> named;
  for (const DictEntry& entry : a[1].dict().entries)
    if (entry.key.is(Kind::String)) named.push_back({entry.key, entry.value});
  Formatter formatter(in.heap(), {}, named);
  return formatter.filled(a[0]);
}

constexpr Native kMethods[] = {
    {"format", "", 0, nullptr, format},
    {"format_map", "self mapping /", 2, format_map},
};

}  // namespace

std::span<const Native> string_formats() {
  return kMethods;
}

}  // namespace fullshard::jinja
