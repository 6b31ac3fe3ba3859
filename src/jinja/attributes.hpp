#pragma once

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

/// object.name: the attribute or method, otherwise the entry of a dict, otherwise undefined. What the sandbox
/// does not allow is undefined in a way that says so when it is used.
Value attribute_of(Heap& heap, const Value& object, const Value& name);
/// object[key]: the element, otherwise the attribute of that name, otherwise undefined.
Value item_of(Heap& heap, const Value& object, const Value& key);

}  // namespace fullshard::jinja
