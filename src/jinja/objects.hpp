#pragma once
// What values of the rarer kinds point at.

#include <cstdint>
#include <span>
#include <string_view>

#include "fullshard/jinja/value.hpp"

namespace fullshard::jinja {

struct MacroDefinition;
struct Native;

struct DictView {
  enum class Of : uint8_t { Keys, Values, Items } of;
  Value dict;
};

struct Range {
  int64_t start, stop, step;
  /// In unsigned arithmetic, where the distance of any two integers fits.
  uint64_t count() const {
    const auto from = static_cast<uint64_t>(start), to = static_cast<uint64_t>(stop),
               by = static_cast<uint64_t>(step);
    if (step > 0) return start < stop ? (to - from - 1) / by + 1 : 0;
    return start > stop ? (from - to - 1) / (0 - by) + 1 : 0;
  }
  int64_t size() const { return static_cast<int64_t>(count()); }
  int64_t at(int64_t index) const {
    return static_cast<int64_t>(static_cast<uint64_t>(start) +
                                static_cast<uint64_t>(index) * static_cast<uint64_t>(step));
  }
};

struct Iterator {
  std::string_view type;  ///< "generator", "list_reverseiterator"
  std::span<const Value> items;
  size_t next = 0;
};

/// The one thing that a template can change.
struct Namespace {
  std::span<DictEntry> room;
  size_t size = 0;
  std::span<const DictEntry> entries() const { return room.first(size); }
};

/// Variables of one run of a macro, of a recursive loop's body, or of the template itself.
struct Frame {
  Frame* parent;
  std::span<Value> slots;
};

struct Statement;

struct Loop {
  std::span<const Value> items;
  size_t index0 = 0;
  int64_t depth0 = 0;
  Value last_changed;                    ///< what loop.changed saw last
  const Statement* recursive = nullptr;  ///< the `for` that loop(…) runs again
  Frame* frame = nullptr;                ///< in which that `for` stands
};

struct Function {
  enum class Type : uint8_t { Macro, Method, Global, Cycler, Joiner } type;
  const MacroDefinition* macro = nullptr;
  Frame* frame = nullptr;          ///< in which the macro was defined
  const Native* native = nullptr;  ///< Method and Global
  Value self = {};                 ///< Method: its object; Cycler: a tuple; Joiner: the separator
  uint32_t* state = nullptr;       ///< Cycler: position; Joiner: whether it was used
};

/// Why `object.name` or `object[name]` is undefined.
struct MissingMember {
  Value object, name;
};

}  // namespace fullshard::jinja
