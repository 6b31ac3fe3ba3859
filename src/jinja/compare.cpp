#include "jinja/compare.hpp"

#include <fmt/format.h>

#include <cmath>
#include <compare>

#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/objects.hpp"
#include "jinja/sequence.hpp"

namespace fullshard::jinja {

namespace {

void check_depth(Heap& heap, int depth) {
  heap.spend(1);
  if (depth > kValueDepth)
    fail(ErrorKind::Limit, fmt::format("depth: values inside each other deeper than {}", kValueDepth));
}

double real_of(const Value& v) {
  return v.is(Kind::Float) ? v.real() : static_cast<double>(v.integer());
}

// Exact, as Python's: a double beyond 2^53 is compared with the integer itself.
std::partial_ordering compare_mixed(int64_t i, double d) {
  if (std::isnan(d)) return std::partial_ordering::unordered;
  if (d >= 0x1p63) return std::partial_ordering::less;
  if (d < -0x1p63) return std::partial_ordering::greater;
  const double whole = std::trunc(d);
  const auto integer = static_cast<int64_t>(whole);
  if (i != integer) return i <=> integer;
  return 0.0 <=> (d - whole);
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) return a.integer() <=> b.integer();
  if (a.is_integral()) return compare_mixed(a.integer(), b.real());
  if (b.is_integral()) return 0 <=> compare_mixed(b.integer(), a.real());
  return a.real() <=> b.real();
}

// Python takes elements of a container that are one object for equal.
bool equal_elements(Heap& heap, const Value& a, const Value& b, int depth) {
  heap.spend(1);
  return same(a, b) || equal(heap, a, b, depth + 1);
}

bool equal_items(Heap& heap, std::span<const Value> a, std::span<const Value> b, int depth) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!equal_elements(heap, a[i], b[i], depth)) return false;
  return true;
}

bool equal_dicts(Heap& heap, const Dict& a, const Dict& b, int depth) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const DictEntry& entry : a.entries) {
    const Value* other = find(heap, b, entry.key);
    if (other == nullptr || !equal_elements(heap, entry.value, *other, depth)) return false;
  }
  return true;
}

bool equal_ranges(const Range& a, const Range& b) {
  if (a.size() != b.size()) return false;
  if (a.size() == 0) return true;
  return a.start == b.start && (a.size() == 1 || a.step == b.step);
}

bool holds(Ordering op, std::partial_ordering o) {
  switch (op) {
    case Ordering::Less:
      return o < 0;
    case Ordering::LessEqual:
      return o <= 0;
    case Ordering::Greater:
      return o > 0;
    case Ordering::GreaterEqual:
      return o >= 0;
  }
  return false;
}

// The first pair that differs decides.
bool ordered_items(Heap& heap, Ordering op, std::span<const Value> a, std::span<const Value> b, int depth) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i)
    if (!equal_elements(heap, a[i], b[i], depth)) return ordered(heap, op, a[i], b[i], depth + 1);
  return holds(op, a.size() <=> b.size());
}

int rank(const Value& v) {
  switch (v.kind()) {
    case Kind::None:
      return 0;
    case Kind::Bool:
    case Kind::Int:
    case Kind::Float:
      return 1;
    case Kind::String:
      return 2;
    case Kind::Tuple:
      return 3;
    case Kind::Undefined:
      return 4;
    default:
      return 5;  // objects, by identity
  }
}

}  // namespace

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::Missing:
    case Kind::None:
      return true;
    case Kind::Bool:
    case Kind::Int:
      return a.integer() == b.integer();
    case Kind::Float:
      return a.real() == b.real();
    case Kind::String:
      return a.string().data() == b.string().data() && a.string().size() == b.string().size();
    case Kind::List:
    case Kind::Tuple:
      return a.items().data() == b.items().data() && a.items().size() == b.items().size();
    default:
      return a.identity() == b.identity();
  }
}

bool equal(Heap& heap, const Value& a, const Value& b, int depth) {
  check_depth(heap, depth);
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::Undefined:
      return true;
    case Kind::String:
      return equal_text(heap, a.string(), b.string());
    case Kind::List:
    case Kind::Tuple:
      return equal_items(heap, a.items(), b.items(), depth);
    case Kind::Dict:
      return equal_dicts(heap, a.dict(), b.dict(), depth);
    case Kind::Range:
      return equal_ranges(a.range(), b.range());
    default:
      return same(a, b);
  }
}

std::string_view symbol(Ordering op) {
  switch (op) {
    case Ordering::Less:
      return "<";
    case Ordering::LessEqual:
      return "<=";
    case Ordering::Greater:
      return ">";
    case Ordering::GreaterEqual:
      return ">=";
  }
  return "?";
}

bool ordered(Heap& heap, Ordering op, const Value& a, const Value& b, int depth) {
  check_depth(heap, depth);
  if (a.is_number() && b.is_number()) return holds(op, compare_numbers(a, b));
  if (a.is(Kind::String) && b.is(Kind::String)) {
    heap.spend_on_text(std::min(a.string().size(), b.string().size()));
    return holds(op, a.string() <=> b.string());  // bytes of UTF-8 are in the order of code points
  }
  if (a.is_sequence() && a.kind() == b.kind()) return ordered_items(heap, op, a.items(), b.items(), depth);
  require_defined(a);
  require_defined(b);
  fail(ErrorKind::Type, fmt::format("'{}' not supported between instances of '{}' and '{}'", symbol(op),
                                    type_name(a), type_name(b)));
}

void check_hashable(Heap& heap, const Value& key, int depth) {
  check_depth(heap, depth);
  if (key.is(Kind::List) || key.is(Kind::Dict) || key.is(Kind::DictView))
    fail(ErrorKind::Type, fmt::format("unhashable type: '{}'", type_name(key)));
  if (key.is(Kind::Tuple))
    for (const Value& item : key.items()) check_hashable(heap, item, depth + 1);
}

int key_order(Heap& heap, const Value& a, const Value& b) {
  heap.spend(1);
  const int ra = rank(a), rb = rank(b);
  if (ra != rb) return ra - rb;
  const auto sign = [](auto o) { return o < 0 ? -1 : o > 0 ? 1 : 0; };
  switch (ra) {
    case 1: {
      const bool na = a.is(Kind::Float) && std::isnan(real_of(a)),
                 nb = b.is(Kind::Float) && std::isnan(real_of(b));
      if (na || nb) return na - nb;  // all NaN are one key, after the numbers
      return sign(compare_numbers(a, b));
    }
    case 2:
      heap.spend_on_text(std::min(a.string().size(), b.string().size()));
      return sign(a.string() <=> b.string());
    case 3: {
      for (size_t i = 0; i < a.items().size() && i < b.items().size(); ++i)
        if (const int o = key_order(heap, a.items()[i], b.items()[i]); o != 0) return o;
      return sign(a.items().size() <=> b.items().size());
    }
    case 0:
    case 4:
      return 0;
    default:
      return sign(std::compare_three_way{}(a.identity(), b.identity()));
  }
}

}  // namespace fullshard::jinja
