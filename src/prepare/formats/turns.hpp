#pragma once

#include <string>
#include <string_view>

#include "fullshard/jinja/value.hpp"
#include "fullshard/prepare/columns.hpp"

namespace fullshard::prepare {

enum class Turn { System, User, Observation, Assistant, Call, Unknown };

/// Whose turn a tag stands for. An empty tag is a turn that does not occur.
Turn turn_of(std::string_view role, const Tags& tags);

/// What a template calls it.
std::string_view role_of(Turn turn);

enum class Observations { OneByOne, InARow };

/// Prompts and answers take turns, and an answer comes last; words of the system may come first. Where
/// LLaMA-Factory warns and leaves the row out, this throws ExampleError (its
/// src/llamafactory/data/converter.py).
class TurnOrder {
 public:
  TurnOrder(const Tags& tags, Observations observations) : tags_(tags), observations_(observations) {}
  /// `role` is the tag as it was found.
  void next(Turn turn, std::string_view role);
  void finish() const;

 private:
  bool asks_next(Turn turn) const;
  std::string expected() const;

  const Tags& tags_;
  Observations observations_;
  Turn last_ = Turn::System;
  std::string last_role_;
  int count_ = 0;
};

/// A member of a message; ExampleError where it has none.
const jinja::Value& member_of(const jinja::Value& message, const std::string& key, std::string_view what);

}  // namespace fullshard::prepare
