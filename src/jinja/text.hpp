#pragma once
// Values as text, as Python writes them.

#include <string>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

/// The shortest digits that give `d` again, as Python's repr writes them: 1.0, 1e+16, nan.
std::string real_text(double d);
/// Of a Float.
std::string real_text(const Value& v);

/// Appends str(v) / repr(v).
void append_str(Heap& heap, const Value& v, std::string& out);
void append_repr(Heap& heap, const Value& v, std::string& out, int depth = 0);
/// str(v): the value itself where it is a string.
Value str_of(Heap& heap, const Value& v);
std::string repr_text(Heap& heap, const Value& v);
/// str(v) of a value that a filter reads as text, paid for eightfold: filters go through it more than once.
std::string_view soft_text(Heap& heap, const Value& v);

/// A Limit error where a text that is being built grows beyond Limits::output.
void check_text_size(const Heap& heap, size_t bytes);

struct JsonStyle {
  bool ascii = false;
  bool sort_keys = false;
  /// A line for each element, moved in by `indent` for each level; otherwise one line for all.
  bool lines = false;
  std::string indent;
  std::string item_separator = ", ", key_separator = ": ";
};
/// json.dumps(v)
void append_json(Heap& heap, const Value& v, const JsonStyle& style, std::string& out);

}  // namespace fullshard::jinja
