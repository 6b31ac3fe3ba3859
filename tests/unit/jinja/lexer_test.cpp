#include "jinja/lexer.hpp"

#include <gmock/gmock.h>

#include "fullshard/jinja/error.hpp"

namespace fullshard::jinja {
namespace {

using testing::ElementsAre;

// What stands between tags.
std::vector<std::string> texts(std::string_view source) {
  std::vector<std::string> out;
  for (const Token& t : tokenize(source, {}))
    if (t.type == Token::Type::Text) out.push_back(t.text);
  return out;
}

std::vector<std::string> inside(std::string_view expression) {
  std::vector<std::string> out;
  for (const Token& t : tokenize("{{" + std::string(expression) + "}}", {}))
    if (!t.text.empty()) out.push_back(t.text);
  return out;
}

TEST(JinjaLexer, line_ends_become_newlines_and_the_last_one_goes) {
  EXPECT_THAT(texts("a\r\nb\rc\n\n"), ElementsAre("a\nb\nc\n"));
  EXPECT_THAT(texts("\n"), ElementsAre());
}

TEST(JinjaLexer, a_statement_takes_its_line_with_it) {
  EXPECT_THAT(texts("a\n  {% x %}\nb"), ElementsAre("a\n", "b"));
  EXPECT_THAT(texts("a {% x %} \nb"), ElementsAre("a ", " \nb"));
  EXPECT_THAT(texts("a\n  {{ x }}\nb"), ElementsAre("a\n  ", "\nb"));
  EXPECT_THAT(texts("a\n  {# x #}\nb"), ElementsAre("a\n", "b"));
}

TEST(JinjaLexer, signs_take_or_keep_white_space) {
  EXPECT_THAT(texts("a \n {%- x -%} \n b"), ElementsAre("a", "b"));
  EXPECT_THAT(texts("a\n  {%+ x +%}\nb"), ElementsAre("a\n  ", "\nb"));
  EXPECT_THAT(texts("a {{- x -}} b {#- c -#} d"), ElementsAre("a", "b", "d"));
}

TEST(JinjaLexer, raw_text_is_kept) {
  EXPECT_THAT(texts("{% raw %}{{ a }}{% b %}{% endraw %}c"), ElementsAre("{{ a }}{% b %}", "c"));
  EXPECT_THAT(texts("{%- raw -%}  a  {%- endraw -%}  b"), ElementsAre("a", "b"));
}

TEST(JinjaLexer, brackets_hide_the_end_of_a_tag) {
  EXPECT_THAT(inside("{'a': {}}"), ElementsAre("{", "a", ":", "{", "}", "}"));
  EXPECT_THAT(inside(" '}}' "), ElementsAre("}}"));
}

TEST(JinjaLexer, numbers_are_pythons) {
  EXPECT_THAT(inside("1_000 0x1F 1.5e-3 x.0.1 1.a 2//3"),
              ElementsAre("1000", "0x1F", "1.5e-3", "x", ".", "0", ".", "1", "1", ".", "a", "2", "//", "3"));
}

TEST(JinjaLexer, escapes_are_pythons) {
  EXPECT_THAT(inside(R"('\n\x41\u00e9\U0001F600\q\'\101' "\\")"), ElementsAre("\nAé😀\\q'A", "\\"));
}

TEST(JinjaLexer, errors_name_the_line) {
  const auto line_of = [](std::string_view source) {
    try {
      tokenize(source, {});
    } catch (const TemplateError& e) {
      return e.line;
    }
    return -1;
  };

  EXPECT_EQ(line_of("a\n{# b"), 2);
  EXPECT_EQ(line_of("a\n\n{{ ) }}"), 3);
  EXPECT_EQ(line_of("{% raw %}\n"), 1);
  EXPECT_EQ(line_of("{{ 'a }}"), 1);
  EXPECT_EQ(line_of("{%- if\n\n\n$ %}"), 4);
  EXPECT_EQ(line_of("\xff"), 0);
}

}  // namespace
}  // namespace fullshard::jinja
