#pragma once
// A parsed template. Names are resolved: every variable is a slot of a frame (scopes.hpp).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fullshard/jinja/heap.hpp"
#include "jinja/native.hpp"

namespace fullshard::jinja {

/// A variable: `hops` frames outwards, then `index`.
struct Slot {
  int hops = 0;
  int index = 0;
};

enum class ExprKind : uint8_t {
  Constant,     // constant
  Name,         // constant: its name; slot
  Attribute,    // [object], constant: the attribute's name; also `namespace.attribute` as a target
  Item,         // [object, key]
  Slice,        // [start, stop, step], each may be null
  List,         // items
  Tuple,        // items
  Dict,         // key, value, key, value, …
  Conditional,  // [test, then, else or null]
  And,          // [left, right]
  Or,           // [left, right]
  Not,          // [operand]
  Negative,     // [operand]
  Positive,     // [operand]
  Binary,       // [left, right], op
  Concat,       // parts
  Compare,      // [first, second, …], comparisons
  Call,         // [callee, arguments …], call
  Filter,       // [value or null, arguments …], call, native
  Test,         // the same
};

enum class BinaryOp : uint8_t { Add, Subtract, Multiply, Divide, FloorDivide, Modulo, Power };
enum class Comparison : uint8_t { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In, NotIn };

/// What the children after the first are: positional arguments, values of names, *list, **dict.
struct CallShape {
  size_t positional = 0;
  std::vector<Value> names;
  bool star = false, double_star = false;
};

struct Expr {
  ExprKind kind;
  BinaryOp op = BinaryOp::Add;
  int line = 0;
  int depth = 1;  ///< levels of expressions below, itself included
  Value constant;
  Slot slot;
  const Native* native = nullptr;
  std::vector<std::unique_ptr<Expr>> children;
  std::vector<Comparison> comparisons;
  CallShape call;
};
using ExprPtr = std::unique_ptr<Expr>;

/// How a scope's variables start.
struct SlotStart {
  enum class From : uint8_t { Nothing, Context, Outer } from;
  int index;        ///< in the scope's own frame
  int context = 0;  ///< in Program::context_names
  Slot outer;
};
using ScopeStart = std::vector<SlotStart>;

struct Statement;
using Block = std::vector<std::unique_ptr<Statement>>;

/// A macro, or the body of a call block or of a recursive loop: what runs in a frame of its own.
struct MacroDefinition {
  std::string name;  ///< empty: a call block's
  std::vector<ExprPtr> parameters;
  std::vector<ExprPtr> defaults;  ///< of the last parameters
  Block body;
  int slots = 0;
  ScopeStart start;
  // Slots of what a macro gets only if it mentions it; -1: it does not.
  int caller = -1, kwargs = -1, varargs = -1;
  bool caller_is_parameter = false;
};

enum class StatementKind : uint8_t {
  Text,         // text
  Print,        // expression
  If,           // branches
  For,          // target, expression (what is gone through), test or null, body, otherwise, recursive
  Set,          // target, expression
  SetBlock,     // target, expression (filters or null), body
  Macro,        // macro, target (its name)
  CallBlock,    // macro, expression (the call)
  FilterBlock,  // expression (filters), body
  With,         // targets, values, body
  Generation,   // body
  Break,
  Continue,
};

struct Branch {
  ExprPtr test;  ///< null: else
  Block body;
};

struct Statement {
  StatementKind kind;
  int line = 0;
  Value text;
  ExprPtr target, expression, test;
  std::vector<ExprPtr> targets, values;
  std::vector<Branch> branches;
  Block body, otherwise;
  ScopeStart start, otherwise_start, test_start;
  std::unique_ptr<MacroDefinition> macro;
  int loop_slot = -1;  ///< of `loop`, if the body mentions it
  bool recursive = false;
  int frame_slots = 0;  ///< of a recursive loop's own frame
};
using StatementPtr = std::unique_ptr<Statement>;

struct Program {
  Heap heap;  ///< of constants
  Block body;
  int slots = 0;
  ScopeStart start;
  /// Variables that come from outside, or else are globals.
  std::vector<Value> context_names;
  bool uses_generation = false;
};

}  // namespace fullshard::jinja
