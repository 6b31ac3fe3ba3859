#include "jinja/symbols.hpp"

#include "fullshard/core/check.hpp"
#include "fullshard/jinja/error.hpp"

namespace fullshard::jinja {

const Symbols* Symbols::owner_of(std::string_view name) const {
  for (const Symbols* s = this; s != nullptr; s = s->parent_)
    if (s->loads_.find(name) != s->loads_.end()) return s;
  return nullptr;
}

bool Symbols::outer_slot(std::string_view name, Slot& slot) const {
  const Symbols* const owner = parent_ == nullptr ? nullptr : parent_->owner_of(name);
  if (owner == nullptr) return false;
  slot = {0, owner->slots_->find(name)->second};
  for (const FrameLayout* f = frame_; f != owner->frame_; f = f->parent) ++slot.hops;
  return true;
}

Slot Symbols::slot_of(std::string_view name) const {
  if (loads_.find(name) != loads_.end()) return {0, slots_->find(name)->second};
  Slot slot;
  FS_CHECK(outer_slot(name, slot), "the variable {} was resolved before it was seen", name);
  return slot;
}

void Symbols::define(std::string_view name, const Load& load) {
  if (slots_->find(name) == slots_->end()) slots_->emplace(name, frame_->slots++);
  loads_[std::string(name)] = load;
}

void Symbols::load(std::string_view name) {
  if (owner_of(name) == nullptr) define(name, {SlotStart::From::Context, {}});
}

void Symbols::store(std::string_view name) {
  stores_.emplace(name);
  if (loads_.find(name) != loads_.end()) return;
  Slot outer;
  const bool copied = outer_slot(name, outer);
  define(name, {copied ? SlotStart::From::Outer : SlotStart::From::Nothing, outer});
}

void Symbols::parameter(std::string_view name) {
  stores_.emplace(name);
  define(name, {SlotStart::From::Nothing, {}, true});
}

void Symbols::share_target(const Expr& target, const Symbols& owner) {
  if (target.kind == ExprKind::Name) {
    const std::string_view name = target.constant.string();
    slots_->emplace(name, owner.slot_of(name).index);
    parameter(name);
  }
  for (const ExprPtr& child : target.children) share_target(*child, owner);
}

bool Symbols::is_parameter(std::string_view name) const {
  const auto at = loads_.find(name);
  return at != loads_.end() && at->second.is_parameter;
}

void Symbols::visit(const Block& body) {
  for (const StatementPtr& s : body) visit(*s);
}

void Symbols::visit(const Expr* e) {
  if (e == nullptr) return;
  if (e->kind == ExprKind::Name) load(e->constant.string());
  for (const ExprPtr& child : e->children) visit(child.get());
}

void Symbols::visit_target(const Expr& target) {
  if (target.kind == ExprKind::Name) parameter(target.constant.string());
  for (const ExprPtr& child : target.children) visit_target(*child);
}

namespace {

// Calls `name(text)` for the names that a target assigns, `read(expression)` for the namespaces it looks up.
template <typename Store, typename Read>
void each_target(const Expr& target, Store store, Read read) {
  if (target.kind == ExprKind::Name) return store(target.constant.string());
  if (target.kind == ExprKind::Attribute) return read(target.children[0].get());
  for (const ExprPtr& child : target.children) each_target(*child, store, read);
}

}  // namespace

void Symbols::visit(const Statement& s) {
  const auto assign = [&](const Expr& target) {
    each_target(
        target, [&](std::string_view name) { store(name); }, [&](const Expr* e) { visit(e); });
  };
  switch (s.kind) {
    case StatementKind::If:
      return visit_if(s);
    case StatementKind::Macro:
    case StatementKind::SetBlock:
      return assign(*s.target);
    case StatementKind::Set:
      visit(s.expression.get());
      return assign(*s.target);
    case StatementKind::With:
      for (const ExprPtr& value : s.values) visit(value.get());
      return;
    case StatementKind::FilterBlock:
    case StatementKind::Generation:
      return;  // a scope of its own
    default:
      visit(s.expression.get());  // of a loop, this is what it goes through
  }
}

void Symbols::count_copies(int copies, int line) const {
  constexpr int64_t kMostWork = 5'000'000;  // a second or so; real templates need some thousands
  FrameLayout* outermost = frame_;
  while (outermost->parent != nullptr) outermost = outermost->parent;
  outermost->work += static_cast<int64_t>(loads_.size() + 1) * copies;
  if (outermost->work > kMostWork)
    throw TemplateError(ErrorKind::Limit, line, "names: too many variables in too many branches");
}

// The tests of later branches belong to the branches themselves, each inside the one before.
void Symbols::visit_if(const Statement& s) {
  visit(s.branches[0].test.get());
  count_copies(3 + static_cast<int>(s.branches.size()), s.line);
  Symbols then = *this, elifs = *this, otherwise = *this;
  then.visit(s.branches[0].body);
  for (size_t i = 1; i < s.branches.size(); ++i) {
    const Branch& branch = s.branches[i];
    if (!branch.test) {
      otherwise.visit(branch.body);
      continue;
    }
    elifs.visit(branch.test.get());
    Symbols taken = elifs;
    taken.visit(branch.body);
    elifs.merge_branches({&taken});
  }
  merge_branches({&then, &elifs, &otherwise});
}

// What a branch assigns may have to be there without it: it starts as it is outside.
void Symbols::merge_branches(std::initializer_list<const Symbols*> branches) {
  std::set<std::string> assigned;
  for (const Symbols* branch : branches)
    for (const std::string& name : branch->stores_)
      if (stores_.find(name) == stores_.end()) assigned.insert(name);
  for (const Symbols* branch : branches) {
    for (const auto& [name, load] : branch->loads_) loads_[name] = load;
    stores_.insert(branch->stores_.begin(), branch->stores_.end());
  }
  for (const std::string& name : assigned) {
    Slot outer;
    const bool copied = outer_slot(name, outer);
    loads_[name] = {copied ? SlotStart::From::Outer : SlotStart::From::Context, outer};
  }
}

namespace {

bool mentions(const Expr* e, std::string_view name) {
  if (e == nullptr) return false;
  if (e->kind == ExprKind::Name && e->constant.string() == name) return true;
  for (const ExprPtr& child : e->children)
    if (mentions(child.get(), name)) return true;
  return false;
}

bool mentions(const Statement& s, std::string_view name) {
  for (const Expr* e : {s.expression.get(), s.test.get(), s.target.get()})
    if (mentions(e, name)) return true;
  for (const ExprPtr& value : s.values)
    if (mentions(value.get(), name)) return true;
  for (const Branch& branch : s.branches)
    if (mentions(branch.test.get(), name) || mentions(branch.body, name)) return true;
  if (s.macro)
    for (const ExprPtr& d : s.macro->defaults)
      if (mentions(d.get(), name)) return true;
  return mentions(s.body, name) || mentions(s.otherwise, name) || (s.macro && mentions(s.macro->body, name));
}

bool target_has(const Expr* target, std::string_view name) {
  if (target == nullptr) return false;
  bool found = false;
  each_target(
      *target, [&](std::string_view n) { found |= n == name; }, [](const Expr*) {});
  return found;
}

}  // namespace

bool mentions(const Block& body, std::string_view name) {
  for (const StatementPtr& s : body)
    if (mentions(*s, name)) return true;
  return false;
}

bool assigns(const Statement& s, std::string_view name) {
  if (s.kind != StatementKind::Macro && target_has(s.target.get(), name)) return true;
  for (const ExprPtr& target : s.targets)
    if (target_has(target.get(), name)) return true;
  const auto any = [&](const Block& body) {
    for (const StatementPtr& inner : body)
      if (assigns(*inner, name)) return true;
    return false;
  };
  for (const Branch& branch : s.branches)
    if (any(branch.body)) return true;
  return any(s.body) || any(s.otherwise) || (s.macro && any(s.macro->body));
}

}  // namespace fullshard::jinja
