#pragma once

#include <array>
#include <vector>

#include "jinja/interpreter.hpp"

namespace fullshard::jinja {

/// The evaluated arguments of a call, filter or test. Few of them live on the stack.
class Interpreter::ArgumentList {
 public:
  /// `first` is the piped value, `caller` what a call block hands over; null where there is none.
  ArgumentList(Interpreter& in, const Expr& e, const Value* first, const Value* caller) : heap_(in.heap_) {
    const CallShape& shape = e.call;
    const size_t fixed = (first != nullptr ? 1 : 0) + shape.positional;
    heap_.spend(static_cast<int64_t>(fixed + shape.names.size()));
    positional_ = fixed <= few_.size() ? std::span<Value>(few_) : heap_.values(fixed);
    size_t at = 0;
    if (first != nullptr) positional_[at++] = *first;
    size_t child = 1;
    for (size_t i = 0; i < shape.positional; ++i) positional_[at++] = in.evaluate(*e.children[child++]);
    count_ = at;
    for (const Value& name : shape.names) named_.push_back({name, in.evaluate(*e.children[child++])});
    if (shape.star) add_positional(in.evaluate(*e.children[child++]));
    if (shape.double_star) add_named(in.evaluate(*e.children[child]));
    if (caller != nullptr) named_.push_back({Value::string("caller"), *caller});
  }

  Arguments get() const { return {positional_.first(count_), named_}; }

 private:
  void add_positional(const Value& list);
  void add_named(const Value& dict);

  Heap& heap_;
  std::array<Value, 6> few_;
  std::span<Value> positional_;
  size_t count_ = 0;
  std::vector<NamedValue> named_;
};

}  // namespace fullshard::jinja
