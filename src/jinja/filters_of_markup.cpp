// Filters for texts of the web: entities, tags, addresses.

#include <algorithm>

#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/markup.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/sequence.hpp"
#include "jinja/string_parts.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

namespace {

Value safe(Interpreter& in, Bound a) {
  return str_of(in.heap(), a[0]).as_markup();
}

Value escape(Interpreter& in, Bound a) {
  return escaped(in.heap(), a[0]);
}

Value forced_escape(Interpreter& in, Bound a) {
  return escaped(in.heap(), Value::string(soft_text(in.heap(), a[0])));
}

// What `escape` writes, and back; the ampersand last.
constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
    {"&lt;", "<"},  {"&gt;", ">"},   {"&quot;", "\""}, {"&#34;", "\""},
    {"&#39;", "'"}, {"&nbsp;", " "}, {"&amp;", "&"}};

std::string without_entity(std::string_view text, std::string_view name, std::string_view meant) {
  std::string out;
  for (size_t at; (at = text.find(name)) != text.npos; text.remove_prefix(at + name.size()))
    out.append(text, 0, at).append(meant);
  return out.append(text);
}

// Comments and tags go, runs of white space become one space.
Value striptags(Interpreter& in, Bound a) {
  std::string text(soft_text(in.heap(), a[0]));
  const auto remove = [&](std::string_view open, std::string_view close) {
    std::string out;
    size_t from = 0;
    for (;;) {
      const size_t begin = text.find(open, from),
                   end = begin == text.npos ? text.npos : text.find(close, begin + open.size());
      if (end == text.npos) break;
      out.append(text, from, begin - from);
      from = end + close.size();
    }
    text = out + text.substr(from);
  };
  remove("<!--", "-->");
  remove("<", ">");
  for (const auto& [name, meant] : kEntities) text = without_entity(text, name, meant);
  const Value words = split(in.heap(), in.heap().string(text).string(), std::nullopt, -1, Side::Left);
  std::vector<std::string_view> parts;
  for (const Value& word : words.items()) parts.push_back(word.string());
  return joined(in.heap(), " ", parts);
}

std::string quoted(std::string_view text, bool in_query) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("_.-~").find(c) != std::string_view::npos || (c == '/' && !in_query);
    if (plain)
      out += c;
    else if (c == ' ' && in_query)
      out += '+';
    else
      out.append({'%', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 0xF]});
  }
  return out;
}

Value urlencode(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  if (a[0].is(Kind::String) || !is_iterable(a[0]))
    return heap.string(quoted(soft_text(in.heap(), a[0]), false));
  std::string out;
  const Value pairs = a[0].is(Kind::Dict) ? in.call_filter("items", {{&a[0], 1}, {}}) : a[0];
  for (const Value& pair : items_of(heap, pairs)) {
    const auto both = items_of(heap, pair);
    if (both.size() != 2) fail(ErrorKind::Value, "urlencode: expected pairs of a name and a value");
    if (!out.empty()) out += '&';
    out += quoted(soft_text(in.heap(), both[0]), true) + "=" + quoted(soft_text(in.heap(), both[1]), true);
    check_text_size(heap, out.size());
  }
  return heap.string(out);
}

constexpr Native kFilters[] = {
    {"safe", "value", 1, safe},
    {"escape", "s", 1, escape},
    {"e", "s", 1, escape},
    {"forceescape", "value", 1, forced_escape},
    {"striptags", "value", 1, striptags},
    {"urlencode", "value", 1, urlencode},
};

}  // namespace

std::span<const Native> filters_of_markup() {
  return kFilters;
}

}  // namespace fullshard::jinja
