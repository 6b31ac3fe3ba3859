#include "jinja/text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/native.hpp"
#include "jinja/objects.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

void append_escaped(char32_t c, std::string& out) {
  if (c == '\n')
    out += "\\n";
  else if (c == '\r')
    out += "\\r";
  else if (c == '\t')
    out += "\\t";
  else if (c < 0x100)
    append_hex(c, 2, out += "\\x");
  else if (c < 0x10000)
    append_hex(c, 4, out += "\\u");
  else
    append_hex(c, 8, out += "\\U");
}

void append_quoted(std::string_view text, std::string& out) {
  const bool doubled = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char32_t quote = doubled ? '"' : '\'';
  out += static_cast<char>(quote);
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (c.value == quote || c.value == '\\') {
      out += '\\';
      out += static_cast<char>(c.value);
    } else if (c.value < 0x7F ? c.value >= 0x20 : is_printable(c.value)) {
      out += text.substr(at, c.length);
    } else {
      append_escaped(c.value, out);
    }
    at += c.length;
  }
  out += static_cast<char>(quote);
}

void append_items(Heap& heap, std::span<const Value> items, std::string& out, int depth) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ", ";
    append_repr(heap, items[i], out, depth + 1);
  }
}

void append_entries(Heap& heap, std::span<const DictEntry> entries, std::string& out, int depth) {
  out += '{';
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) out += ", ";
    append_repr(heap, entries[i].key, out, depth + 1);
    out += ": ";
    append_repr(heap, entries[i].value, out, depth + 1);
  }
  out += '}';
}

void append_view(Heap& heap, const DictView& view, std::string& out, int depth) {
  out += view.of == DictView::Of::Keys     ? "dict_keys(["
         : view.of == DictView::Of::Values ? "dict_values(["
                                           : "dict_items([";
  bool first = true;
  for (const DictEntry& entry : view.dict.dict().entries) {
    if (!first) out += ", ";
    first = false;
    if (view.of == DictView::Of::Items) out += '(';
    if (view.of != DictView::Of::Values) append_repr(heap, entry.key, out, depth + 1);
    if (view.of == DictView::Of::Items) out += ", ";
    if (view.of != DictView::Of::Keys) append_repr(heap, entry.value, out, depth + 1);
    if (view.of == DictView::Of::Items) out += ')';
  }
  out += "])";
}

void append_function(const Function& f, std::string& out) {
  if (f.type == Function::Type::Macro)
    out += macro_text(*f.macro);
  else if (f.native != nullptr)
    out += fmt::format("<function {}>", f.native->name);
  else
    out += f.type == Function::Type::Cycler ? "<Cycler>" : "<Joiner>";
}

// No addresses: the same template has to give the same text each time.
void append_object(const Value& v, std::string& out) {
  if (v.is(Kind::Range)) {
    const Range& r = v.range();
    out += r.step == 1 ? fmt::format("range({}, {})", r.start, r.stop)
                       : fmt::format("range({}, {}, {})", r.start, r.stop, r.step);
  } else if (v.is(Kind::Loop)) {
    out += fmt::format("<LoopContext {}/{}>", v.loop().index0 + 1, v.loop().items.size());
  } else if (v.is(Kind::Function)) {
    append_function(v.function(), out);
  } else {
    out += fmt::format("<{} object>", type_name(v));
  }
}

}  // namespace

std::string real_text(double d) {
  if (std::isnan(d)) return "nan";
  if (std::isinf(d)) return d < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), d, std::chars_format::scientific).ptr;
  const std::string_view all(buffer.data(), static_cast<size_t>(end - buffer.data()));
  int exponent = 0;
  const size_t digits = all.find('e') + (all[all.find('e') + 1] == '+' ? 2 : 1);  // from_chars knows no plus
  std::from_chars(all.data() + digits, end, exponent);
  if (exponent < -4 || exponent >= 16) return std::string(all);
  const auto fixed_end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), d, std::chars_format::fixed).ptr;
  std::string fixed(buffer.data(), fixed_end);
  if (fixed.find('.') == fixed.npos) fixed += ".0";
  return fixed;
}

std::string real_text(const Value& v) {
  return v.long_integer() != nullptr ? std::string(v.long_integer()->digits) : real_text(v.real());
}

void append_repr(Heap& heap, const Value& v, std::string& out, int depth) {
  heap.spend(1);
  if (depth > kValueDepth)
    fail(ErrorKind::Limit, fmt::format("depth: values inside each other deeper than {}", kValueDepth));
  check_text_size(heap, out.size());
  switch (v.kind()) {
    case Kind::Missing:
    case Kind::Undefined:
      out += "Undefined";
      return;
    case Kind::None:
      out += "None";
      return;
    case Kind::Bool:
      out += v.truth() ? "True" : "False";
      return;
    case Kind::Int:
      out += std::to_string(v.integer());
      return;
    case Kind::Float:
      if (v.long_integer() != nullptr) heap.spend_on_text(v.long_integer()->digits.size());
      out += real_text(v);
      return;
    case Kind::String:
      heap.spend_on_characters(v.string().size());
      if (v.is_markup()) out += "Markup(";
      append_quoted(v.string(), out);
      if (v.is_markup()) out += ')';
      return;
    case Kind::List:
      out += '[';
      append_items(heap, v.items(), out, depth);
      out += ']';
      return;
    case Kind::Tuple:
      out += '(';
      append_items(heap, v.items(), out, depth);
      out += v.items().size() == 1 ? ",)" : ")";
      return;
    case Kind::Dict:
      append_entries(heap, v.dict().entries, out, depth);
      return;
    case Kind::DictView:
      append_view(heap, v.view(), out, depth);
      return;
    case Kind::Namespace:
      out += "<Namespace ";
      append_entries(heap, v.name_space().entries(), out, depth);
      out += '>';
      return;
    default:
      append_object(v, out);
  }
}

void append_str(Heap& heap, const Value& v, std::string& out) {
  if (v.is(Kind::String)) {
    check_text_size(heap, out.size() + v.string().size());
    heap.spend_on_text(v.string().size());
    out += v.string();
  } else if (!v.is(Kind::Undefined) && !v.is(Kind::Missing)) {
    append_repr(heap, v, out);
  }
}

Value str_of(Heap& heap, const Value& v) {
  if (v.is(Kind::String)) return v;
  std::string out;
  append_str(heap, v, out);
  return heap.string(out);
}

std::string_view soft_text(Heap& heap, const Value& v) {
  const std::string_view text = str_of(heap, v).string();
  heap.spend_on_characters(text.size());
  return text;
}

std::string repr_text(Heap& heap, const Value& v) {
  std::string out;
  append_repr(heap, v, out);
  return out;
}

void check_text_size(const Heap& heap, size_t bytes) {
  if (bytes > static_cast<size_t>(heap.limits().output.value))
    fail(ErrorKind::Limit,
         fmt::format("output: a text of more than {} bytes; give the template less, or raise Limits::output",
                     heap.limits().output.value));
}

}  // namespace fullshard::jinja
