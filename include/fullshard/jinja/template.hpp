#pragma once

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/jinja/error.hpp"
#include "fullshard/jinja/heap.hpp"
#include "fullshard/jinja/limits.hpp"
#include "fullshard/jinja/value.hpp"

namespace fullshard::jinja {

struct Program;

/// Bytes [begin, end) of a rendered text.
struct TextSpan {
  size_t begin, end;
  bool operator==(const TextSpan&) const = default;
};

struct Rendered {
  std::string text;
  /// What {% generation %} blocks wrote, in order.
  std::vector<TextSpan> generated;
  /// {% generation %} blocks whose text went through a variable or a filter: where it is in `text`, if
  /// anywhere, is unknown.
  int generated_elsewhere = 0;
};

struct RenderOptions {
  Limits limits;
  /// What strftime_now prints. Without it a template that asks for the date fails, rather than change from
  /// day to day.
  std::optional<std::tm> now;
};

/// A chat template: Jinja2 3.1 as Hugging Face's transformers sets it up (trim_blocks, lstrip_blocks, loop
/// controls, an immutable sandbox, raise_exception, strftime_now, tojson, {% generation %}). Parsed once,
/// rendered as often as needed, from any thread.
///
/// Differs  integers beyond 64 bits are an error, and those of JSON floats (parse_json); functions are
///          printed without an address, halves of surrogates in strings become U+FFFD. What does not exist:
///          the filters random, pprint, wordwrap, urlize and xmlattr; blocks, imports and autoescape; the
///          globals lipsum and self; \N{…} in strings; encode, translate and maketrans of str; fromkeys of
///          dict; isdisjoint and mapping of dict views; attributes of numbers but is_integer of float, and
///          of ranges but index and count
/// Source   Jinja2 3.1.6 (lexer, scoping, filters, tests), transformers' utils/chat_template_utils.py
class Template {
 public:
  /// Throws TemplateError of kind Syntax (line, what was expected, what was found) or Limit.
  static Template parse(std::string_view source, const ParseLimits& limits = {});
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  /// `context` is a dict of variables. Throws TemplateError.
  Rendered render(const Value& context, const RenderOptions& options = {}) const;

  /// Whether {% generation %} occurs anywhere.
  bool uses_generation() const;

 private:
  explicit Template(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

}  // namespace fullshard::jinja
