// json.dumps: what the filter `tojson` of chat templates calls.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

void append_unit(char32_t unit, std::string& out) {
  append_hex(unit, 4, out += "\\u");
}

void append_json_string(std::string_view text, bool ascii, std::string& out) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    switch (c.value) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\b':
        out += "\\b";
        break;
      default:
        if (c.value < 0x20 || (ascii && c.value > 0x7E && c.value < 0x10000)) {
          append_unit(c.value, out);
        } else if (ascii && c.value >= 0x10000) {
          append_unit(0xD800 + ((c.value - 0x10000) >> 10), out);
          append_unit(0xDC00 + ((c.value - 0x10000) & 0x3FF), out);
        } else {
          out += text.substr(at, c.length);
        }
    }
    at += c.length;
  }
  out += '"';
}

std::string json_real(const Value& v) {
  const double d = v.real();
  if (v.long_integer() != nullptr || std::isfinite(d)) return real_text(v);
  return std::isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity";
}

// Keys that are not strings become some, as in Python.
std::string key_text(const Value& key) {
  switch (key.kind()) {
    case Kind::String:
      return std::string(key.string());
    case Kind::None:
      return "null";
    case Kind::Bool:
      return key.truth() ? "true" : "false";
    case Kind::Int:
      return std::to_string(key.integer());
    case Kind::Float:
      return json_real(key);
    default:
      fail(ErrorKind::Type,
           fmt::format("keys must be str, int, float, bool or None, not {}", type_name(key)));
  }
}

class Writer {
 public:
  Writer(Heap& heap, const JsonStyle& style, std::string& out) : heap_(heap), style_(style), out_(out) {}

  void write(const Value& v, int depth) {
    heap_.spend(1);
    if (depth > kValueDepth)
      fail(ErrorKind::Limit, fmt::format("depth: values inside each other deeper than {}", kValueDepth));
    check_text_size(heap_, out_.size());
    switch (v.kind()) {
      case Kind::None:
        out_ += "null";
        return;
      case Kind::Bool:
        out_ += v.truth() ? "true" : "false";
        return;
      case Kind::Int:
        out_ += std::to_string(v.integer());
        return;
      case Kind::Float:
        if (v.long_integer() != nullptr) heap_.spend_on_text(v.long_integer()->digits.size());
        out_ += json_real(v);
        return;
      case Kind::String:
        heap_.spend_on_characters(v.string().size());
        return append_json_string(v.string(), style_.ascii, out_);
      case Kind::List:
      case Kind::Tuple:
        return write_list(v.items(), depth);
      case Kind::Dict:
        return write_dict(v.dict(), depth);
      default:
        fail(ErrorKind::Type, fmt::format("Object of type {} is not JSON serializable", type_name(v)));
    }
  }

 private:
  void new_line(int depth) {
    if (!style_.lines) return;
    out_ += '\n';
    for (int i = 0; i < depth; ++i) {
      check_text_size(heap_, out_.size());
      out_ += style_.indent;
    }
  }

  void write_list(std::span<const Value> items, int depth) {
    out_ += '[';
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += style_.item_separator;
      new_line(depth + 1);
      write(items[i], depth + 1);
    }
    if (!items.empty()) new_line(depth);
    out_ += ']';
  }

  void write_dict(const Dict& dict, int depth) {
    std::vector<DictEntry> entries(dict.entries.begin(), dict.entries.end());
    if (style_.sort_keys)
      std::stable_sort(entries.begin(), entries.end(),
                       [&](const DictEntry& a, const DictEntry& b) { return less(heap_, a.key, b.key); });
    out_ += '{';
    for (size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_ += style_.item_separator;
      new_line(depth + 1);
      if (entries[i].key.is(Kind::String)) heap_.spend_on_characters(entries[i].key.string().size());
      append_json_string(key_text(entries[i].key), style_.ascii, out_);
      out_ += style_.key_separator;
      write(entries[i].value, depth + 1);
    }
    if (!entries.empty()) new_line(depth);
    out_ += '}';
  }

  Heap& heap_;
  const JsonStyle& style_;
  std::string& out_;
};

}  // namespace

void append_json(Heap& heap, const Value& v, const JsonStyle& style, std::string& out) {
  Writer(heap, style, out).write(v, 0);
}

}  // namespace fullshard::jinja
