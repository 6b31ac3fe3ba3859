#include "fullshard/jinja/template.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "unit/jinja/render.hpp"

namespace fullshard::jinja {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(JinjaTemplate, takes_the_lines_of_statements_away) {
  EXPECT_EQ(test::text("a\n  {% if true %}  \nb\n  {% endif %}\nc\n"), "a\n  \nb\nc");
}

TEST(JinjaTemplate, is_rendered_often_and_from_any_thread) {
  const Template t = Template::parse("{% for m in messages %}{{ m.role }};{% endfor %}");
  std::vector<std::string> texts(4);

  std::vector<std::jthread> threads;
  for (std::string& text : texts)
    threads.emplace_back([&] {
      Heap heap;
      for (int i = 0; i < 100; ++i)
        text = t.render(parse_json(R"({"messages":[{"role":"a"},{"role":"b"}]})", heap)).text;
    });
  threads.clear();

  EXPECT_THAT(texts, testing::Each("a;b;"));
}

TEST(JinjaTemplate, tells_where_generation_wrote) {
  const Rendered r = test::rendered(
      "{% for m in l %}[{% generation %}{{ m }}é{% endgeneration %}]{% endfor %}", R"({"l":["a","bc"]})");

  EXPECT_EQ(r.text, "[aé][bcé]");
  EXPECT_THAT(r.generated, ElementsAre(TextSpan{1, 4}, TextSpan{6, 10}));
  EXPECT_EQ(r.generated_elsewhere, 0);
}

TEST(JinjaTemplate, knows_generation_inside_of_macros_that_are_printed) {
  const Rendered r = test::rendered(
      "{% macro say(x) %}<{% generation %}{{ x }}{% endgeneration %}>{% endmacro %}A{{ say('hi') }}");

  EXPECT_EQ(r.text, "A<hi>");
  EXPECT_THAT(r.generated, ElementsAre(TextSpan{2, 4}));
}

TEST(JinjaTemplate, says_so_when_generation_went_through_a_variable) {
  const Rendered r =
      test::rendered("{% set x %}{% generation %}a{% endgeneration %}{% endset %}{{ x|upper }}");

  EXPECT_EQ(r.text, "A");
  EXPECT_TRUE(r.generated.empty());
  EXPECT_EQ(r.generated_elsewhere, 1);
}

TEST(JinjaTemplate, knows_whether_it_uses_generation) {
  EXPECT_TRUE(Template::parse("{% if x %}{% generation %}{% endgeneration %}{% endif %}").uses_generation());
  EXPECT_FALSE(Template::parse("{# {% generation %} #}{{ 'generation' }}").uses_generation());
}

TEST(JinjaTemplate, prints_the_date_that_it_is_given) {
  RenderOptions options;
  options.now = std::tm{};
  options.now->tm_year = 124;
  options.now->tm_mon = 6;
  options.now->tm_mday = 26;

  EXPECT_EQ(test::text("{{ strftime_now('%d %b %Y') }}", "{}", options), "26 Jul 2024");
  EXPECT_EQ(test::text("{{ strftime_now('') }}", "{}", options), "");
  EXPECT_THAT(test::error("{{ strftime_now('%Y') }}"), HasSubstr("change from day to day"));
}

TEST(JinjaTemplate, errors_name_line_and_reason) {
  EXPECT_EQ(test::error("a\n{{ x.y }}"), "UndefinedError, line 2: 'x' is undefined");
  EXPECT_EQ(test::error("{{ d.x.y }}", R"({"d":{}})"),
            "UndefinedError, line 1: 'dict object' has no attribute 'x'");
  EXPECT_EQ(test::error("\n\n{{ raise_exception('roles must alternate') }}"),
            "TemplateError, line 3: roles must alternate");
  EXPECT_EQ(test::error("{{ 1 +\n\n 'a' }}"),
            "TypeError, line 1: unsupported operand type(s) for +: 'int' and 'str'");
  EXPECT_EQ(test::error("{% macro f() %}\n{{ 1/0 }}{% endmacro %}\n\n{{ f() }}"),
            "ZeroDivisionError, line 2: division by zero");
  EXPECT_EQ(test::error("\n{{ x|nosuch }}"), "TemplateSyntaxError, line 2: No filter named 'nosuch'.");
  EXPECT_EQ(
      test::error("{% if x %}\n\na"),
      "TemplateSyntaxError, line 3: expected {% elif %}, {% else %} or {% endif %}, got end of template");
  EXPECT_EQ(test::error("{% for a in x %}"),
            "TemplateSyntaxError, line 1: expected {% endfor %} or {% else %}, got end of template");
  EXPECT_EQ(test::error("{% set x %}"),
            "TemplateSyntaxError, line 1: expected {% endset %}, got end of template");
  EXPECT_EQ(test::error("{{ (1 }}"), "TemplateSyntaxError, line 1: unexpected '}', expected ')'");
  EXPECT_EQ(test::error("{{ l.append(1) }}", R"({"l":[]})"),
            "SecurityError, line 1: access to attribute 'append' of 'list' object is unsafe.");
}

TEST(JinjaTemplate, messages_are_short_and_have_no_control_characters_whatever_they_quote) {
  const std::string name(5000, 'x'), evil = "\\u001b]0;" + name,
                                     context = R"({"d": {}, "k": ")" + evil + "\"}";
  const std::string templates[] = {"{{ NAME.y }}",
                                   "{{ d[k].y }}",
                                   "{{ raise_exception(k) }}",
                                   "{% NAME %}",
                                   "{{ 1 NAME }}",
                                   "{{ d|NAME }}",
                                   "{{ d is NAME }}",
                                   "{{ [1]|map(k)|list }}",
                                   "{{ [1]|select(k)|list }}",
                                   "{{ 1 if x else d|NAME }}",
                                   "{{ ('%(' ~ k ~ ')s')|format(**{'a': 1}) }}",
                                   "{{ '%\x01'|format(1) }}",
                                   "{{ ('{' ~ k ~ '}').format(a=1) }}",
                                   "{{ '{!\x01}'.format(1) }}",
                                   "{{ '{:\x01}'.format(1) }}",
                                   "{{ '{:\x01}'.format(1.5) }}",
                                   "{{ '{:\x01}'.format('') }}",
                                   "{{ ('{:' ~ k ~ '}').format(1) }}",
                                   "{{ 1|float(NAME=1) }}",
                                   "{{ 1|float(**{k: 1}) }}",
                                   "{{ dict(NAME=1, **{'NAME': 1}) }}",
                                   "{{ dict(**{k: 1}, **{k: 1}) }}",
                                   "{% macro f(NAME) %}{{ NAME.y }}{% endmacro %}{{ f() }}",
                                   "{% macro NAME() %}{% endmacro %}{{ NAME(1) }}",
                                   "{% macro f() %}{% endmacro %}{{ f(**{k: 1}) }}",
                                   "{{ 1111NAME }}",
                                   "{{ \x01 }}",
                                   "{{ d.__NAME.y }}",
                                   "{{ d['__' ~ k].y }}",
                                   "{% set n = namespace(_NAME=1) %}",
                                   "{{ a\u00b7NAME }}"};

  for (std::string source : templates) {
    for (size_t at = 0; (at = source.find("NAME", at)) != source.npos;)
      source.replace(at, 4, source.find("1111") == source.npos ? name : std::string(5000, '1'));
    const std::string message = test::error(source, context);
    EXPECT_THAT(message, testing::Not(HasSubstr("no error"))) << source.substr(0, 40);
    EXPECT_LT(message.size(), 1200u) << source.substr(0, 40);
    EXPECT_TRUE(std::none_of(message.begin(), message.end(), [](unsigned char c) {
      return c < 0x20 || c == 0x7F;
    })) << message;
  }
  EXPECT_EQ(test::error("{{ d['\\x1b[31m'].y }}", R"({"d":{}})"),
            R"(UndefinedError, line 1: 'dict object' has no attribute "\u001b[31m")");
}

TEST(JinjaTemplate, message_has_the_line_and_the_exit_code_of_refused_data) {
  try {
    Template::parse("{% for %}");
    FAIL();
  } catch (const TemplateError& e) {
    EXPECT_EQ(e.exit_code(), ExitCode::Refused);
    EXPECT_THAT(e.what(), HasSubstr("template, line 1: "));
  }
}

TEST(JinjaTemplate, statements_that_need_other_files_are_refused) {
  EXPECT_THAT(test::error("{% include 'x' %}"), HasSubstr("no meaning in a chat template"));
}

TEST(JinjaTemplate, integers_stay_within_64_bits_or_fail) {
  EXPECT_EQ(test::text("{{ 9223372036854775807 }} {{ -9223372036854775807 - 1 }}"),
            "9223372036854775807 -9223372036854775808");
  for (const char* source :
       {"{{ 9223372036854775807 + 1 }}", "{{ 2**63 }}", "{{ 4611686018427387904 * 2 }}",
        "{{ (-9223372036854775807 - 1) // -1 }}", "{{ -(-9223372036854775807 - 1) }}",
        "{{ (-9223372036854775807 - 1)|abs }}", "{{ '9999999999999999999'|int }}", "{{ 1e30|int }}"})
    EXPECT_THAT(test::error(source), testing::StartsWith("OverflowError")) << source;
  EXPECT_THAT(test::error("{{ 9223372036854775808 }}"), HasSubstr("does not fit into 64 bits"));
}

TEST(JinjaTemplate, scopes_are_those_of_jinja) {
  EXPECT_EQ(test::text("{% set x = 1 %}{% for i in [1,2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}"),
            "231");
  EXPECT_EQ(test::text("{% if false %}{% set x = 1 %}{% endif %}{{ x }}", R"({"x":5})"), "5");
  EXPECT_EQ(test::text("{% macro f() %}{{ y }}{% endmacro %}{% set y = 5 %}{{ f() }}"), "5");
  EXPECT_EQ(test::text("{% with a = 1 %}{% set b = 2 %}{% endwith %}{{ b is defined }}"), "False");
}

}  // namespace
}  // namespace fullshard::jinja
