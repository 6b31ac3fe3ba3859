#pragma once
// Truth, equality and order as Python has them. What goes through containers counts steps and is bounded in
// depth.

#include <string_view>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

/// How deep values may lie inside each other where they are compared or printed.
inline constexpr int kValueDepth = 200;

bool is_true(const Value& v);
bool equal(Heap& heap, const Value& a, const Value& b, int depth = 0);
/// Equality of two texts, counted.
inline bool equal_text(Heap& heap, std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  heap.spend(static_cast<int64_t>(a.size() / 64));
  return a == b;
}
/// One object, or equal numbers of one type. Strings are the same only if they are the same memory.
bool same(const Value& a, const Value& b);

enum class Ordering { Less, LessEqual, Greater, GreaterEqual };
std::string_view symbol(Ordering op);
/// a op b; TypeError for types without an order.
bool ordered(Heap& heap, Ordering op, const Value& a, const Value& b, int depth = 0);
/// a < b, for sorting.
inline bool less(Heap& heap, const Value& a, const Value& b) {
  return ordered(heap, Ordering::Less, a, b);
}

/// needle in haystack
bool contains(Heap& heap, const Value& haystack, const Value& needle);

/// TypeError unless `key` can be a key of a dict.
void check_hashable(Heap& heap, const Value& key, int depth = 0);
/// A total order of hashable values in which equal keys (1, 1.0 and true) are 0 apart: negative, 0 or
/// positive.
int key_order(Heap& heap, const Value& a, const Value& b);

}  // namespace fullshard::jinja
