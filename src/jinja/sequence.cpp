#include "jinja/sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "jinja/fail.hpp"
#include "jinja/markup.hpp"
#include "jinja/objects.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

std::span<const Value> characters(Heap& heap, std::string_view text) {
  const auto room = heap.values(count_code_points(text));
  size_t at = 0;
  for (Value& v : room) {
    const size_t length = code_point_at(text, at).length;
    v = Value::string(text.substr(at, length));
    at += length;
  }
  return room;
}

std::span<const Value> view_items(Heap& heap, const DictView& view) {
  const auto entries = view.dict.dict().entries;
  const auto room = heap.values(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    if (view.of == DictView::Of::Items) {
      const Value pair[] = {entries[i].key, entries[i].value};
      room[i] = heap.tuple(pair);
    } else {
      room[i] = view.of == DictView::Of::Keys ? entries[i].key : entries[i].value;
    }
  }
  return room;
}

std::span<const Value> numbers(Heap& heap, const Range& range) {
  const auto room = heap.values(static_cast<size_t>(range.size()));
  for (size_t i = 0; i < room.size(); ++i) room[i] = Value::integer(range.at(static_cast<int64_t>(i)));
  return room;
}

int64_t bound(const Value& v, int64_t otherwise) {
  if (v.is(Kind::None)) return otherwise;
  if (!v.is_integral())
    fail(ErrorKind::Type, "slice indices must be integers or None or have an __index__ method");
  return v.integer();
}

// Python's slice.indices: what is left of start, stop and step on a sequence of `size`.
Range indices(const SliceBounds& b, int64_t size) {
  const int64_t step = bound(b.step, 1);
  if (step == 0) fail(ErrorKind::Value, "slice step cannot be zero");
  const int64_t lowest = step < 0 ? -1 : 0, highest = step < 0 ? size - 1 : size;
  const auto clamped = [&](int64_t i) { return std::clamp(i < 0 ? i + size : i, lowest, highest); };
  const int64_t start = b.start.is(Kind::None) ? (step < 0 ? highest : lowest) : clamped(bound(b.start, 0));
  const int64_t stop = b.stop.is(Kind::None) ? (step < 0 ? lowest : highest) : clamped(bound(b.stop, 0));
  return {start, stop, std::clamp(step, -size - 1, size + 1)};  // larger steps skip everything, too
}

Value slice_text(Heap& heap, std::string_view text, const SliceBounds& bounds) {
  heap.spend_on_text(text.size());
  const Range at = indices(bounds, static_cast<int64_t>(count_code_points(text)));
  if (at.size() == 0) return Value::string({});
  if (at.step == 1) {
    const size_t begin = byte_of(text, static_cast<size_t>(at.start));
    const size_t length = byte_of(text.substr(begin), static_cast<size_t>(at.size()));
    return Value::string(text.substr(begin, length));
  }
  const auto all = characters(heap, text);
  std::string out;
  for (int64_t i = 0; i < at.size(); ++i) out += all[static_cast<size_t>(at.at(i))].string();
  return heap.string(out);
}

}  // namespace

bool is_iterable(const Value& v) {
  switch (v.kind()) {
    case Kind::Undefined:
    case Kind::String:
    case Kind::List:
    case Kind::Tuple:
    case Kind::Dict:
    case Kind::DictView:
    case Kind::Range:
    case Kind::Iterator:
    case Kind::Loop:
      return true;
    default:
      return false;
  }
}

std::span<const Value> items_of(Heap& heap, const Value& v) {
  switch (v.kind()) {
    case Kind::Undefined:
      return {};
    case Kind::List:
    case Kind::Tuple:
      heap.spend(1 + static_cast<int64_t>(v.items().size() / 16));  // whoever asks goes through them
      return v.items();
    case Kind::String:
      return characters(heap, v.string());
    case Kind::Dict:
      return view_items(heap, {DictView::Of::Keys, v});
    case Kind::DictView:
      return view_items(heap, v.view());
    case Kind::Range:
      return numbers(heap, v.range());
    case Kind::Iterator: {
      Iterator& it = v.iterator();
      const auto rest = it.items.subspan(it.next);
      it.next = it.items.size();
      return rest;
    }
    default:
      fail(ErrorKind::Type, fmt::format("'{}' object is not iterable", type_name(v)));
  }
}

bool has_length(const Value& v) {
  return is_iterable(v) && !v.is(Kind::Iterator);
}

int64_t length_of(Heap& heap, const Value& v) {
  switch (v.kind()) {
    case Kind::Undefined:
      return 0;
    case Kind::String:
      heap.spend_on_text(v.string().size());
      return static_cast<int64_t>(count_code_points(v.string()));
    case Kind::List:
    case Kind::Tuple:
      return static_cast<int64_t>(v.items().size());
    case Kind::Dict:
      return static_cast<int64_t>(v.dict().entries.size());
    case Kind::DictView:
      return static_cast<int64_t>(v.view().dict.dict().entries.size());
    case Kind::Range:
      return v.range().size();
    case Kind::Loop:
      return static_cast<int64_t>(v.loop().items.size());
    default:
      fail(ErrorKind::Type, fmt::format("object of type '{}' has no len()", type_name(v)));
  }
}

Value make_iterator(Heap& heap, std::span<const Value> items, std::string_view type) {
  return Value::iterator(heap.make(Iterator{type, items}));
}

Value slice_of(Heap& heap, const Value& v, const SliceBounds& bounds) {
  if (v.is(Kind::String)) return like(v, slice_text(heap, v.string(), bounds));
  if (v.is(Kind::Range)) {
    const Range& r = v.range();
    const Range at = indices(bounds, r.size());
    int64_t step = 0;
    if (__builtin_mul_overflow(r.step, at.step, &step)) step = at.step;  // one number at most is left
    return Value::range(heap.make(Range{r.at(at.start), r.at(at.stop), step}));
  }
  const Range at = indices(bounds, length_of(heap, v));
  const auto from = v.items();
  if (at.step == 1) {
    const auto part = at.size() == 0
                          ? std::span<const Value>{}
                          : from.subspan(static_cast<size_t>(at.start), static_cast<size_t>(at.size()));
    return v.is(Kind::List) ? Value::list(part) : Value::tuple(part);
  }
  const auto room = heap.values(static_cast<size_t>(at.size()));
  for (size_t i = 0; i < room.size(); ++i)
    room[i] = from[static_cast<size_t>(at.at(static_cast<int64_t>(i)))];
  return v.is(Kind::List) ? Value::list(room) : Value::tuple(room);
}

Value character_at(Heap& heap, std::string_view text, int64_t index) {
  heap.spend_on_text(text.size());
  if (index < 0) index += static_cast<int64_t>(count_code_points(text));
  if (index < 0) return {};
  const size_t at = byte_of(text, static_cast<size_t>(index));
  return at >= text.size() ? Value{} : Value::string(text.substr(at, code_point_at(text, at).length));
}

size_t find_text(Heap& heap, std::string_view text, std::string_view needle, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (needle.empty()) return from;
  if (needle.size() > text.size() - from) return std::string_view::npos;
  const void* const hit = memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  const size_t at = hit == nullptr ? std::string_view::npos
                                   : static_cast<size_t>(static_cast<const char*>(hit) - text.data());
  heap.spend_on_text(std::min(at, text.size()) - from + needle.size());
  return at;
}

// The last one is the first of the reversed text, which is made window by window: a needle near the end costs
// little, and no window is much longer than the needle.
size_t rfind_text(Heap& heap, std::string_view text, std::string_view needle) {
  constexpr size_t kFirstWindow = 64, kLargestWindow = 16 << 10;
  if (needle.size() > text.size()) return std::string_view::npos;
  heap.spend_on_text(needle.size());
  const std::string backwards(needle.rbegin(), needle.rend());
  std::string window;
  for (size_t end = text.size(), size = kFirstWindow;; size = std::min(2 * size, kLargestWindow)) {
    const size_t begin = end - std::min(end, std::max(size, 2 * needle.size()));
    heap.spend_on_text(4 * (end - begin));
    const std::string_view part = text.substr(begin, end - begin);
    window.assign(part.rbegin(), part.rend());
    if (const void* const hit = memmem(window.data(), window.size(), backwards.data(), backwards.size()))
      return end - static_cast<size_t>(static_cast<const char*>(hit) - window.data()) - needle.size();
    if (begin == 0) return std::string_view::npos;
    end = begin + needle.size() - 1;  // one may lie across
  }
}

}  // namespace fullshard::jinja
