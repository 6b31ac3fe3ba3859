#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fullshard::jinja {

struct Dict;
struct DictView;
struct Range;
struct Iterator;
struct Namespace;
struct Loop;
struct Function;
struct MissingMember;

enum class Kind : uint8_t {
  Missing,  ///< no value at all: a variable before its assignment, an argument not given
  Undefined,
  None,
  Bool,
  Int,
  Float,
  String,
  List,
  Tuple,
  Dict,
  DictView,
  Range,
  Iterator,  ///< what Python's generators and reversed() are: gone through once
  Namespace,
  Loop,
  Function,
};

/// An integer beyond 64 bits, which is a Float in all but how it is printed.
struct LongInteger {
  double nearest;
  std::string_view digits;  ///< with its sign
};

/// A value of a template: 16 bytes that borrow what they point at from a Heap (or from text that outlives
/// them). Strings are valid UTF-8; lists, tuples and dicts never change.
class Value {
 public:
  enum class UndefinedReason : uint8_t { Name, Member, Hint, Unsafe };

  constexpr Value() = default;
  static constexpr Value none() { return Value(Kind::None); }
  static constexpr Value boolean(bool b) { return Value(Kind::Bool, static_cast<int64_t>(b)); }
  static constexpr Value integer(int64_t i) { return Value(Kind::Int, i); }
  static constexpr Value real(double d) {
    Value v(Kind::Float);
    v.real_ = d;
    return v;
  }
  /// A Float; borrows.
  static constexpr Value long_integer(const LongInteger* i) {
    Value v(Kind::Float);
    v.size_ = 1;
    v.long_integer_ = i;
    return v;
  }
  /// Borrows `text`: valid UTF-8 of less than 4 GiB (Heap::string checks and copies).
  static constexpr Value string(std::string_view text) { return Value(Kind::String, text); }
  static constexpr Value list(std::span<const Value> items) { return Value(Kind::List, items); }
  static constexpr Value tuple(std::span<const Value> items) { return Value(Kind::Tuple, items); }
  static constexpr Value dict(const Dict* d) { return Value(Kind::Dict, static_cast<const void*>(d)); }
  static constexpr Value view(const DictView* v) {
    return Value(Kind::DictView, static_cast<const void*>(v));
  }
  static constexpr Value range(const Range* r) { return Value(Kind::Range, static_cast<const void*>(r)); }
  static constexpr Value iterator(Iterator* i) { return Value(Kind::Iterator, static_cast<const void*>(i)); }
  static constexpr Value name_space(Namespace* n) {
    return Value(Kind::Namespace, static_cast<const void*>(n));
  }
  static constexpr Value loop(Loop* l) { return Value(Kind::Loop, static_cast<const void*>(l)); }
  static constexpr Value function(const Function* f) {
    return Value(Kind::Function, static_cast<const void*>(f));
  }
  /// A variable that nobody has set.
  static constexpr Value undefined(std::string_view name) { return undefined(UndefinedReason::Name, name); }
  /// With a sentence of its own (Hint), or one that the sandbox says (Unsafe).
  static constexpr Value undefined(UndefinedReason reason, std::string_view text) {
    Value v(Kind::Undefined, text);
    v.reason_ = reason;
    return v;
  }
  static constexpr Value undefined(const MissingMember* member) {
    Value v(Kind::Undefined, static_cast<const void*>(member));
    v.reason_ = UndefinedReason::Member;
    return v;
  }

  constexpr Kind kind() const { return kind_; }
  constexpr bool is(Kind k) const { return kind_ == k; }
  constexpr bool is_number() const {
    return kind_ == Kind::Bool || kind_ == Kind::Int || kind_ == Kind::Float;
  }
  constexpr bool is_integral() const { return kind_ == Kind::Bool || kind_ == Kind::Int; }
  constexpr bool is_markup() const { return markup_; }
  constexpr bool is_sequence() const { return kind_ == Kind::List || kind_ == Kind::Tuple; }

  // Each for its kind only.
  constexpr bool truth() const { return integer_ != 0; }
  constexpr int64_t integer() const { return integer_; }  ///< of Bool, too
  constexpr double real() const { return size_ == 0 ? real_ : long_integer_->nearest; }
  /// Of a Float; null where it is nothing but a double.
  constexpr const LongInteger* long_integer() const { return size_ == 0 ? nullptr : long_integer_; }
  constexpr std::string_view string() const { return {text_, size_}; }
  /// The same string as Markup: a text that `safe` or `escape` gave. What `+` joins to it is escaped.
  constexpr Value as_markup() const {
    Value v = *this;
    v.markup_ = true;
    return v;
  }
  constexpr std::span<const Value> items() const { return {items_, size_}; }
  const Dict& dict() const { return *static_cast<const Dict*>(object_); }
  const DictView& view() const { return *static_cast<const DictView*>(object_); }
  const Range& range() const { return *static_cast<const Range*>(object_); }
  Iterator& iterator() const { return *static_cast<Iterator*>(const_cast<void*>(object_)); }
  Namespace& name_space() const { return *static_cast<Namespace*>(const_cast<void*>(object_)); }
  Loop& loop() const { return *static_cast<Loop*>(const_cast<void*>(object_)); }
  const Function& function() const { return *static_cast<const Function*>(object_); }
  const MissingMember& missing_member() const { return *static_cast<const MissingMember*>(object_); }
  constexpr UndefinedReason undefined_reason() const { return reason_; }
  constexpr const void* identity() const { return object_; }

 private:
  constexpr explicit Value(Kind k) : kind_(k) {}
  constexpr Value(Kind k, int64_t i) : kind_(k), integer_(i) {}
  constexpr Value(Kind k, const void* object) : kind_(k), object_(object) {}
  constexpr Value(Kind k, std::string_view t)
      : kind_(k), size_(static_cast<uint32_t>(t.size())), text_(t.data()) {}
  constexpr Value(Kind k, std::span<const Value> s)
      : kind_(k), size_(static_cast<uint32_t>(s.size())), items_(s.data()) {}

  Kind kind_ = Kind::Missing;
  UndefinedReason reason_ = UndefinedReason::Name;
  bool markup_ = false;
  uint32_t size_ = 0;
  union {
    int64_t integer_ = 0;
    double real_;
    const LongInteger* long_integer_;
    const char* text_;
    const Value* items_;
    const void* object_;
  };
};

static_assert(sizeof(Value) == 16);

struct DictEntry {
  Value key, value;
};

/// In order of insertion. `sorted` lists the entries in the order of their keys; small dicts have none.
struct Dict {
  std::span<const DictEntry> entries;
  std::span<const uint32_t> sorted;
};

}  // namespace fullshard::jinja
