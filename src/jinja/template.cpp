#include "fullshard/jinja/template.hpp"

#include "jinja/interpreter.hpp"
#include "jinja/parser.hpp"
#include "jinja/scopes.hpp"

namespace fullshard::jinja {

Template::Template(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Template Template::parse(std::string_view source, const ParseLimits& limits) {
  auto program = parse_program(source, limits);
  resolve_names(*program);
  return Template(std::move(program));
}

Rendered Template::render(const Value& context, const RenderOptions& options) const {
  Interpreter interpreter(*program_, options);
  try {
    return interpreter.run(context);
  } catch (const TemplateError& e) {
    throw TemplateError(e.kind, interpreter.line(), e.reason);
  }
}

bool Template::uses_generation() const {
  return program_->uses_generation;
}

}  // namespace fullshard::jinja
