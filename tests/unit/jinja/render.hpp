#pragma once

#include <string>
#include <string_view>

#include "fullshard/jinja/parse_json.hpp"
#include "fullshard/jinja/template.hpp"

namespace fullshard::jinja::test {

inline Rendered rendered(std::string_view source, std::string_view context = "{}",
                         const RenderOptions& options = {}) {
  Heap heap;
  return Template::parse(source).render(parse_json(context, heap), options);
}

inline std::string text(std::string_view source, std::string_view context = "{}",
                        const RenderOptions& options = {}) {
  return rendered(source, context, options).text;
}

/// "UndefinedError, line 2: 'x' is undefined", or what was written.
inline std::string error(std::string_view source, std::string_view context = "{}",
                         const RenderOptions& options = {}) {
  try {
    return "no error, but: " + text(source, context, options);
  } catch (const TemplateError& e) {
    return std::string(error_name(e.kind)) + ", line " + std::to_string(e.line) + ": " + e.reason;
  }
}

}  // namespace fullshard::jinja::test
