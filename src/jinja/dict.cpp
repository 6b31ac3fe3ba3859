#include "jinja/dict.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/objects.hpp"

namespace fullshard::jinja {

namespace {

constexpr size_t kSmall = 8;  // up to here looking through all entries is faster than a search

void check_name(const Value& name) {
  if (name.string().starts_with('_'))
    fail(ErrorKind::Security,
         "a namespace of a chat template has no attributes that start with an underscore; rename " +
             shown_name(name.string()));
}

Value make_small_dict(Heap& heap, std::span<const DictEntry> entries) {
  auto* const room = static_cast<DictEntry*>(heap.allocate(entries.size_bytes(), alignof(DictEntry)));
  size_t size = 0;
  for (const DictEntry& entry : entries) {
    check_hashable(heap, entry.key);
    size_t at = 0;
    while (at < size && key_order(heap, room[at].key, entry.key) != 0) ++at;
    if (at == size) {
      room[size++] = entry;
    } else {
      room[at].value = entry.value;
    }
  }
  return Value::dict(heap.make(Dict{{room, size}, {}}));
}

}  // namespace

Value make_dict(Heap& heap, std::span<const DictEntry> entries) {
  heap.spend(static_cast<int64_t>(entries.size()));
  if (entries.size() <= kSmall) return make_small_dict(heap, entries);
  for (const DictEntry& entry : entries) check_hashable(heap, entry.key);

  const auto n = entries.size();
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return key_order(heap, entries[a].key, entries[b].key) < 0;
  });
  // Of equal keys the first gives the place, the last the value.
  std::vector<uint32_t> last_of(n);
  std::vector<bool> is_first(n, false);
  for (size_t begin = 0, end; begin < n; begin = end) {
    end = begin + 1;
    while (end < n && key_order(heap, entries[order[begin]].key, entries[order[end]].key) == 0) ++end;
    is_first[order[begin]] = true;
    last_of[order[begin]] = order[end - 1];
  }
  auto* const room = static_cast<DictEntry*>(heap.allocate(entries.size_bytes(), alignof(DictEntry)));
  std::vector<uint32_t> place(n);
  size_t size = 0;
  for (uint32_t i = 0; i < n; ++i) {
    if (!is_first[i]) continue;
    place[i] = static_cast<uint32_t>(size);
    room[size++] = {entries[i].key, entries[last_of[i]].value};
  }
  auto* const sorted = static_cast<uint32_t*>(heap.allocate(size * sizeof(uint32_t), alignof(uint32_t)));
  size_t filled = 0;
  for (const uint32_t i : order)
    if (is_first[i]) sorted[filled++] = place[i];
  return Value::dict(heap.make(Dict{{room, size}, {sorted, size}}));
}

const Value* find(Heap& heap, std::span<const DictEntry> entries, std::string_view key) {
  heap.spend(1 + static_cast<int64_t>(entries.size() / 8));
  for (const DictEntry& entry : entries)
    if (entry.key.is(Kind::String) && equal_text(heap, entry.key.string(), key)) return &entry.value;
  return nullptr;
}

const Value* find(Heap& heap, const Dict& dict, const Value& key) {
  if (dict.sorted.empty()) {
    if (key.is(Kind::String)) return find(heap, dict.entries, key.string());
    check_hashable(heap, key);
    for (const DictEntry& entry : dict.entries)
      if (key_order(heap, entry.key, key) == 0) return &entry.value;
    return nullptr;
  }
  check_hashable(heap, key);
  const auto at = std::lower_bound(
      dict.sorted.begin(), dict.sorted.end(), key,
      [&](uint32_t i, const Value& k) { return key_order(heap, dict.entries[i].key, k) < 0; });
  if (at == dict.sorted.end() || key_order(heap, dict.entries[*at].key, key) != 0) return nullptr;
  return &dict.entries[*at].value;
}

Value namespace_of(Heap& heap, std::span<const DictEntry> entries) {
  const size_t room = std::max<size_t>(4, entries.size());
  auto* const first = static_cast<DictEntry*>(heap.allocate(room * sizeof(DictEntry), alignof(DictEntry)));
  std::uninitialized_value_construct_n(first, room);
  auto* const ns = heap.make(Namespace{{first, room}});
  for (const DictEntry& entry : entries) {
    if (!entry.key.is(Kind::String))
      fail(ErrorKind::Type, "the attributes of a namespace need strings as names");
    set_attribute(heap, *ns, entry.key, entry.value);
  }
  return Value::name_space(ns);
}

void set_attribute(Heap& heap, Namespace& ns, const Value& name, const Value& value) {
  check_name(name);
  if (const Value* old = find(heap, ns.entries(), name.string())) {
    *const_cast<Value*>(old) = value;
    return;
  }
  if (ns.size == ns.room.size()) {
    const size_t room = ns.size * 2;
    auto* const first = static_cast<DictEntry*>(heap.allocate(room * sizeof(DictEntry), alignof(DictEntry)));
    std::uninitialized_value_construct_n(first, room);
    std::copy_n(ns.room.begin(), ns.size, first);
    ns.room = {first, room};
  }
  ns.room[ns.size++] = {name, value};
}

}  // namespace fullshard::jinja
