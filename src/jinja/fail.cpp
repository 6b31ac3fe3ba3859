#include "jinja/fail.hpp"

#include <fmt/format.h>

#include "fullshard/core/json_writer.hpp"
#include "jinja/objects.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

TemplateError::TemplateError(ErrorKind kind_, int line_, const std::string& reason_)
    : Error(ExitCode::Refused,
            fmt::format("template{}: {}", line_ > 0 ? fmt::format(", line {}", line_) : "", reason_)),
      kind(kind_),
      line(line_),
      reason(reason_) {}

std::string_view error_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Syntax:
      return "TemplateSyntaxError";
    case ErrorKind::Undefined:
      return "UndefinedError";
    case ErrorKind::Type:
      return "TypeError";
    case ErrorKind::Value:
      return "ValueError";
    case ErrorKind::Overflow:
      return "OverflowError";
    case ErrorKind::ZeroDivision:
      return "ZeroDivisionError";
    case ErrorKind::Security:
      return "SecurityError";
    case ErrorKind::Runtime:
      return "TemplateRuntimeError";
    case ErrorKind::Raised:
      return "TemplateError";
    case ErrorKind::Limit:
      return "LimitError";
  }
  return "TemplateError";
}

void fail(ErrorKind kind, const std::string& reason) {
  throw TemplateError(kind, 0, reason);
}

namespace {

constexpr size_t kLongestName = 80, kLongestSentence = 1000;

bool is_plain(std::string_view text, size_t most_bytes) {
  if (text.size() > most_bytes) return false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (!is_printable(c.value)) return false;
    at += c.length;
  }
  return true;
}

std::string shown_key(const Value& key) {
  if (key.is(Kind::Int)) return std::to_string(key.integer());
  return fmt::format("of type '{}'", type_name(key));
}

}  // namespace

void fail_undefined(const Value& undefined) {
  switch (undefined.undefined_reason()) {
    case Value::UndefinedReason::Name:
      fail(ErrorKind::Undefined, fmt::format("{} is undefined", shown_name(undefined.string())));
    case Value::UndefinedReason::Hint:
      fail(ErrorKind::Undefined, std::string(undefined.string()));
    case Value::UndefinedReason::Unsafe:
      fail(ErrorKind::Security, std::string(undefined.string()));
    case Value::UndefinedReason::Member:
      break;
  }
  const MissingMember& m = undefined.missing_member();
  if (m.name.is(Kind::String))
    fail(ErrorKind::Undefined,
         fmt::format("'{} object' has no attribute {}", type_name(m.object), shown_name(m.name.string())));
  fail(ErrorKind::Undefined,
       fmt::format("{} object has no element {}", type_name(m.object), shown_key(m.name)));
}

std::string shown_name(std::string_view name) {
  const bool plain = is_plain(name, kLongestName) && name.find('\'') == name.npos;
  return plain ? fmt::format("'{}'", name) : json_excerpt(name, kLongestName);
}

std::string shown_sentence(std::string_view text) {
  return is_plain(text, kLongestSentence) ? std::string(text) : json_excerpt(text, kLongestSentence);
}

std::string_view type_name(const Value& v) {
  switch (v.kind()) {
    case Kind::Missing:
    case Kind::Undefined:
      return "Undefined";
    case Kind::None:
      return "NoneType";
    case Kind::Bool:
      return "bool";
    case Kind::Int:
      return "int";
    case Kind::Float:
      return "float";
    case Kind::String:
      return "str";
    case Kind::List:
      return "list";
    case Kind::Tuple:
      return "tuple";
    case Kind::Dict:
      return "dict";
    case Kind::DictView:
      return v.view().of == DictView::Of::Keys     ? "dict_keys"
             : v.view().of == DictView::Of::Values ? "dict_values"
                                                   : "dict_items";
    case Kind::Range:
      return "range";
    case Kind::Iterator:
      return v.iterator().type;
    case Kind::Namespace:
      return "TemplateNamespace";
    case Kind::Loop:
      return "LoopContext";
    case Kind::Function:
      return v.function().type == Function::Type::Macro ? "Macro" : "function";
  }
  return "object";
}

}  // namespace fullshard::jinja
