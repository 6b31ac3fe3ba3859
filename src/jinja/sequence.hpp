#pragma once
// Going through values, and taking parts of them.

#include <span>
#include <string_view>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

bool is_iterable(const Value& v);
/// All that `for` would see; an Iterator has nothing left afterwards. TypeError where there is nothing to go
/// through.
std::span<const Value> items_of(Heap& heap, const Value& v);
/// len(v), or TypeError.
int64_t length_of(Heap& heap, const Value& v);
bool has_length(const Value& v);

/// A generator with these items.
Value make_iterator(Heap& heap, std::span<const Value> items, std::string_view type = "generator");

struct SliceBounds {
  Value start, stop, step;  ///< None where left out
};
/// v[start:stop:step] of a string, list, tuple or range.
Value slice_of(Heap& heap, const Value& v, const SliceBounds& bounds);
/// The code point `index` (from the end if negative), or Missing.
Value character_at(Heap& heap, std::string_view text, int64_t index);

/// Byte of the first `needle` at or after byte `from`, or npos; linear in the text whatever it is.
size_t find_text(Heap& heap, std::string_view text, std::string_view needle, size_t from = 0);
/// Byte of the last `needle`, or npos; linear in what lies behind it.
size_t rfind_text(Heap& heap, std::string_view text, std::string_view needle);

}  // namespace fullshard::jinja
