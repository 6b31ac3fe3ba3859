#pragma once
// A template's source as tokens: text between tags with the whitespace taken away that Jinja2 takes away
// (trim_blocks and lstrip_blocks are on), names, numbers, strings and operators inside of tags.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/jinja/limits.hpp"

namespace fullshard::jinja {

struct Token {
  enum class Type : uint8_t {
    Text,
    PrintBegin,
    PrintEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Real,
    Operator,
    End
  } type;
  int line;
  /// Of Text and String: what is meant, escapes done. Otherwise as it is written.
  std::string text;
  int64_t integer = 0;
  double real = 0;

  bool is_name(std::string_view name) const { return type == Type::Name && text == name; }
  bool is_operator(std::string_view op) const { return type == Type::Operator && text == op; }
};

/// How an error names a token: "end of print statement", "'endif'".
std::string describe(const Token& token);

/// Ends with a token End. Throws TemplateError of kind Syntax.
std::vector<Token> tokenize(std::string_view source, const ParseLimits& limits);

}  // namespace fullshard::jinja
