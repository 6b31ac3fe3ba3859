#pragma once

#include <span>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

/// Heap::dict. TypeError where a key is not hashable.
Value make_dict(Heap& heap, std::span<const DictEntry> entries);

/// The value of `key`, or null. TypeError where the key is not hashable.
const Value* find(Heap& heap, const Dict& dict, const Value& key);
const Value* find(Heap& heap, std::span<const DictEntry> entries, std::string_view key);

Value namespace_of(Heap& heap, std::span<const DictEntry> entries);
void set_attribute(Heap& heap, Namespace& ns, const Value& name, const Value& value);

}  // namespace fullshard::jinja
