#pragma once

#include <vector>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

/// What filters call `attribute`: "user.name", "0.id", 3. None or nothing: the value itself.
class AttributePath {
 public:
  AttributePath(Heap& heap, const Value& attribute);
  /// Undefined on the way becomes `otherwise`, if one is given.
  Value of(Heap& heap, Value v, const Value& otherwise = {}) const;

 private:
  std::vector<Value> parts_;
};

/// The attribute as a key to sort by: in lower case unless `case_sensitive` is given and true.
struct SortKey {
  SortKey(Heap& heap, const Value& attribute, const Value& case_sensitive);
  Value of(Heap& heap, const Value& v, const Value& otherwise = {}) const;
  AttributePath path;
  bool fold_case;
};
Value folded(Heap& heap, const Value& v);

}  // namespace fullshard::jinja
