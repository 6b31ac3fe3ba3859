#pragma once

#include <string>
#include <string_view>

#include "fullshard/core/error.hpp"

namespace fullshard::jinja {

/// What went wrong; each has the name of the exception that Jinja2 or Python raises for it (`error_name`).
enum class ErrorKind {
  Syntax,
  Undefined,
  Type,
  Value,
  Overflow,  ///< also where Python would go on with a longer integer
  ZeroDivision,
  Security,  ///< what the sandbox of chat templates does not allow
  Runtime,
  Raised,  ///< the template's own raise_exception
  Limit,   ///< a bound of Limits
};

std::string_view error_name(ErrorKind kind);

/// A template, or JSON for one, that cannot be used. `reason` is the bare message, what() has the line too.
struct TemplateError : Error {
  TemplateError(ErrorKind kind_, int line_, const std::string& reason_);
  ErrorKind kind;
  int line;  ///< from 1; 0 where the template as a whole is meant
  std::string reason;
};

}  // namespace fullshard::jinja
