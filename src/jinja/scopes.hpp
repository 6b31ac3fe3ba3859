#pragma once

#include "jinja/ast.hpp"

namespace fullshard::jinja {

/// Gives every variable its slot: which scope it belongs to, how it starts there, how many frames out it is
/// found.
///
/// A scope is the template, a macro's or call block's body, one turn of a loop, `with`, and the bodies of
/// filter, set and generation blocks; `if` is none. What a scope assigns is its own from the start: it begins
/// as a copy of the outer variable, or as the variable from outside if branches of an `if` assign it, or as
/// nothing.
///
/// Source  Jinja2 3.1.6, idtracking.py and compiler.py
void resolve_names(Program& program);

}  // namespace fullshard::jinja
