#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "jinja/ast.hpp"

namespace fullshard::jinja {

/// The slots of one frame, given out while names are resolved.
struct FrameLayout {
  FrameLayout* parent;
  int slots;
  int64_t work =
      0;  ///< of the outermost: names copied for branches, so that a template cannot buy hours of it
};

/// What one scope knows of its names: Jinja2's idtracking.Symbols.
class Symbols {
 public:
  Symbols(FrameLayout* frame, Symbols* parent)
      : frame_(frame), parent_(parent), slots_(std::make_shared<Slots>()) {}

  struct Load {
    SlotStart::From from;
    Slot outer;
    bool is_parameter = false;
  };

  void visit(const Block& body);
  void visit(const Expr* e);
  /// Names that are assigned on entry, before anything is read.
  void visit_target(const Expr& target);
  void parameter(std::string_view name);
  /// The names of a target, in the slots that they have in `owner`: the test of a loop sees what its body
  /// sees.
  void share_target(const Expr& target, const Symbols& owner);
  bool is_parameter(std::string_view name) const;

  /// As seen from this scope; the name has been visited.
  Slot slot_of(std::string_view name) const;
  const std::map<std::string, Load, std::less<>>& loads() const { return loads_; }
  FrameLayout* frame() const { return frame_; }

 private:
  using Slots = std::map<std::string, int, std::less<>>;

  void visit(const Statement& s);
  void visit_if(const Statement& s);
  void count_copies(int copies, int line) const;
  void merge_branches(std::initializer_list<const Symbols*> branches);
  void load(std::string_view name);
  void store(std::string_view name);
  void define(std::string_view name, const Load& load);
  const Symbols* owner_of(std::string_view name) const;
  bool outer_slot(std::string_view name, Slot& slot) const;

  FrameLayout* frame_;
  Symbols* parent_;
  // Shared by the copies that the branches of an `if` work on: a name has one slot in all of them.
  std::shared_ptr<Slots> slots_;
  std::map<std::string, Load, std::less<>> loads_;  // all names of this scope
  std::set<std::string, std::less<>> stores_;
};

/// Whether `name` is read anywhere inside that is not a scope that has it as its own parameter.
bool mentions(const Block& body, std::string_view name);
/// Whether a `for` or its body assigns to `name`.
bool assigns(const Statement& s, std::string_view name);

}  // namespace fullshard::jinja
