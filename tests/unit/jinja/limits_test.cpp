#include <gmock/gmock.h>

#include <chrono>

#include "unit/jinja/render.hpp"

// Nothing that a template says may take unbounded time, memory or stack.

namespace fullshard::jinja {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

RenderOptions small() {
  RenderOptions options;
  options.limits = {.steps = 100'000, .memory = Bytes{4 << 20}, .output = Bytes{1 << 16}, .depth = 200};
  return options;
}

TEST(JinjaLimits, every_way_to_blow_up_a_value_ends_at_memory_or_steps) {
  for (const char* source : {
           "{{ 'x' * 10**9 }}",
           "{{ [0] * 10**9 }}",
           "{{ 10**9 * 'x' }}",
           "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(1000) %}{% set ns.s = ns.s + ns.s %}{% "
           "endfor %}",
           "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(1000) %}{% set ns.s = ns.s ~ ns.s %}{% "
           "endfor %}",
           "{% set ns = namespace(s=[1]) %}{% for i in range(1000) %}{% set ns.s = ns.s + ns.s %}{% endfor "
           "%}",
           "{% set ns = namespace(s='ab') %}{% for i in range(1000) %}{% set ns.s = ns.s.replace('', ns.s) "
           "%}{% endfor %}",
           "{% set ns = namespace(s='ab') %}{% for i in range(1000) %}{% set ns.s = ns.s|replace('a', ns.s) "
           "%}{% endfor %}",
           "{% set ns = namespace(s='ab') %}{% for i in range(1000) %}{% set ns.s = ns.s.join(ns.s) %}{% "
           "endfor %}",
           "{% set ns = namespace(s='a') %}{% for i in range(1000) %}{% set ns.s = ns.s|tojson|tojson %}{% "
           "endfor %}",
           "{% set ns = namespace(s='<') %}{% for i in range(1000) %}{% set ns.s = (ns.s ~ ns.s)|escape %}{% "
           "endfor %}",
           "{{ 'x'.center(10**9) }}",
           "{{ 'x'.zfill(10**9) }}",
           "{{ 'x'|indent(10**9) }}",
           "{{ [[]]|tojson(indent=10**9) }}",
           "{{ '%999999999d' % 1 }}",
           "{{ '%*d' % (10**9, 1) }}",
           "{{ '%.999999999f' % 1 }}",
           "{{ '{:999999999}'.format(1) }}",
           "{{ '{:.999999999f}'.format(1.5) }}",
           "{{ '\t'.expandtabs(10**9) }}",
           "{{ [1]|batch(10**9, 'x')|list }}",
           "{{ [1]|slice(10**9)|list }}",
           "{{ 'x'|center(10**9) }}",
           "{% set x = range(100000)|list %}{% set y = x + x %}",
       })
    EXPECT_THAT(test::error(source, "{}", small()), StartsWith("LimitError")) << source;
}

TEST(JinjaLimits, loops_end_at_steps) {
  const std::string source =
      "{% for i in range(500) %}{% for j in range(500) %}{% if j %}{% endif %}{% endfor %}{% endfor %}";

  EXPECT_THAT(test::error(source, "{}", small()), HasSubstr("steps: more than 100000 were needed"));
}

TEST(JinjaLimits, text_ends_at_output) {
  const std::string source = "{% for i in range(10000) %}0123456789{% endfor %}";

  EXPECT_THAT(test::error(source, "{}", small()), HasSubstr("output: a text of more than 65536 bytes"));
}

TEST(JinjaLimits, the_defaults_end_within_seconds) {
  const auto begin = std::chrono::steady_clock::now();
  for (const char* source : {
           "{% for i in range(100000) %}{% for j in range(100000) %}{{ i in range(j) }}{% endfor %}{% endfor "
           "%}",
           "{% set x = 'a' * 10**7 %}{% for i in range(100000) %}{% if x == 'a' * 10**7 %}{% endif %}{% "
           "endfor %}",
           "{% set x = 'ab' * 10**6 %}{% for i in range(100000) %}{{ x.count('b' * 500) }}{% endfor %}",
           "{% set x = 'ab' * 10**6 %}{% for i in range(100000) %}{{ x[1000000] }}{% endfor %}",
           "{% set x = ('a' * 30 + 'b') * 10**5 %}{% for i in range(100000) %}{{ x.rfind('a' * 31) }}{% "
           "endfor %}",
           "{% set l = range(100000)|list %}{% for i in range(100000) %}{{ l|sort|length }}{% endfor %}",
           "{% set l = range(100000)|list %}{% for i in range(100000) %}{{ -1 in l }}{% endfor %}",
           "{% for i in range(100000) %}{{ range(100000)|sum }}{% endfor %}",
           "{% set l = range(100000)|list %}{% for i in range(100000) %}{{ l|sum }}{% endfor %}",
           "{% set l = ['']*100000 %}{% for i in range(100000) %}{{ l|join }}{% endfor %}",
           "{% set x = 'a' * 10**6 %}{% for i in range(100000) %}{{ x.isalpha() }}{{ x.upper is defined }}{% "
           "endfor %}",
       })
    EXPECT_THAT(test::error(source), StartsWith("LimitError")) << source;

  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            std::chrono::seconds(60));  // some 0.3 s each, ten times that under sanitizers
}

// 2000 turns of a loop that count next to nothing beside what is in them.
std::string turns(const std::string& expression) {
  return "{% set a = 'a' * 400000 %}{% set l = [0] * 400000 %}{% set m = [0] * 400000 %}"
         "{% set d = {a ~ '1': 1, a ~ '3': 3} %}{% set k = a ~ '2' %}{% set j = joiner() %}"
         "{% for i in range(2000) %}{% if " +
         expression + " %}{% endif %}{% endfor %}";
}

TEST(JinjaLimits, every_turn_counts_the_text_or_list_that_it_looks_at) {
  RenderOptions options;
  options.limits.steps = 300'000;
  options.now = std::tm{};
  ASSERT_EQ(test::text(turns("1"), "{}", options), "");
  for (const char* expression : {
           "a.isidentifier()",
           "a.center(1)",
           "a.ljust(1)",
           "a.rjust(1)",
           "a.zfill(1)",
           "a.rfind('b')",
           "a.rpartition('b')",
           "a.rsplit('b')",
           "a.strip('a')",
           "a.strip(a ~ 'b')",
           "d[k]",
           "k in d",
           "d.get(k)",
           "j(**d)",
           "('{' ~ '0' * 100000 ~ '}').format(1)",
           "('%' ~ '-' * 100000 ~ 'd') % 1",
           "l == m",
           "l < m",
           "l in [m]",
           "'%.1000f' % 1.5",
           "1.5|round(300)",
           "strftime_now('%n' * 400)",
           "[]|tojson(indent=a)",
           "[]|tojson(separators=(a, a))",
       })
    EXPECT_THAT(test::error(turns(expression), "{}", options), HasSubstr("steps: more than 300000"))
        << expression;
}

TEST(JinjaLimits, every_turn_counts_the_names_branches_and_arguments_of_its_source) {
  const auto times = [](int n, const auto& part) {
    std::string out;
    for (int i = 0; i < n; ++i) out += part(std::to_string(i));
    return out;
  };
  const auto loop = [](const std::string& body) {
    return "{% set j = joiner() %}{% for i in range(500) %}" + body + "{% endfor %}";
  };
  RenderOptions options;
  options.limits.steps = 300'000;

  for (const std::string& body : {
           "{% if q %}" + times(2000, [](auto i) { return "{% set x" + i + " = 1 %}"; }) + "{% endif %}",
           "{% if q %}" + times(2000, [](auto) { return "{% elif q %}"; }) + "{% endif %}",
           "{% if ''" + times(2000, [](auto) { return " ~ ''"; }) + " %}{% endif %}",
           "{% if j(x=1" + times(2000, [](auto i) { return ", x" + i + "=1"; }) + ") %}{% endif %}",
       })
    EXPECT_THAT(test::error(loop(body), "{}", options), HasSubstr("steps: more than 300000"))
        << body.substr(0, 60);
}

TEST(JinjaLimits, a_path_of_attributes_counts_its_parts_for_each_element) {
  const std::string source = "{% set x = " + std::string(60, '[') + std::string(60, ']') +
                             " %}{% set p = '0' ~ '.0' * 50 %}" +
                             "{{ ([x] * 5000)|map(attribute=p)|list|length }}";

  EXPECT_THAT(test::error(source, "{}", small()), HasSubstr("steps: more than 100000"));
}

TEST(JinjaLimits, stripping_counts_the_text_and_the_characters_not_their_product) {
  EXPECT_EQ(test::text("[{{ ('a' * 5000).strip('b' * 5000 ~ 'a') }}]", "{}", small()), "[]");
}

TEST(JinjaLimits, searching_from_the_right_counts_the_text_and_the_needle_not_their_product) {
  const std::string texts = "{% set a = 'a' * 100000 %}{% set b = a[:50000] ~ 'b' %}";

  EXPECT_EQ(test::text(texts + "{{ a.rfind(b) }} {{ a.rsplit(b)|length }} {{ a.rpartition(b)[2] == a }}",
                       "{}", small()),
            "-1 1 True");
}

TEST(JinjaLimits, recursion_ends_at_depth) {
  EXPECT_THAT(test::error("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), HasSubstr("depth:"));
  EXPECT_THAT(test::error("{% macro f() %}{% set x %}{{ f() }}{% endset %}{% endmacro %}{{ f() }}"),
              HasSubstr("depth:"));
  EXPECT_THAT(test::error("{% macro f() %}{% call f() %}{% endcall %}{{ caller }}{% endmacro %}{{ f() }}"),
              HasSubstr("depth:"));
  EXPECT_THAT(test::error("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}"), HasSubstr("depth:"));
}

TEST(JinjaLimits, depth_is_what_the_limits_say) {
  const std::string source = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(30) }}ok";

  EXPECT_EQ(test::text(source), "ok");
  RenderOptions options;
  options.limits.depth = 50;
  EXPECT_THAT(test::error(source, "{}", options), HasSubstr("deeper than 50"));
}

TEST(JinjaLimits, values_inside_each_other_are_printed_and_compared_to_a_depth) {
  const std::string nest =
      "{% set ns = namespace(x=[]) %}{% for i in range(10000) %}{% set ns.x = [ns.x] %}{% endfor %}";

  EXPECT_THAT(test::error(nest + "{{ ns.x }}"), HasSubstr("depth: values inside each other deeper than 200"));
  EXPECT_THAT(test::error(nest + "{{ ns.x|tojson }}"), HasSubstr("depth:"));
  EXPECT_THAT(test::error(nest + "{{ ns.x == [ns.x] }}"), HasSubstr("depth:"));
  EXPECT_THAT(test::error("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}"), HasSubstr("depth:"));
}

TEST(JinjaLimits, sources_nest_to_a_depth) {
  const auto times = [](std::string_view s, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += s;
    return out;
  };

  for (const std::string& source :
       {"{{ " + times("(", 100000), "{{ " + times("[", 100000), "{{ " + times("not ", 100000) + "x }}",
        "{{ " + times("-", 100000) + "1 }}", "{{ 1" + times("+1", 100000) + " }}",
        "{{ x" + times(".y", 100000) + " }}", "{{ x" + times("|upper", 100000) + " }}",
        "{{ x" + times("()", 100000) + " }}", times("{% if x %}", 10000),
        "{{ 1" + times(" if 1", 10000) + " }}", "{{ 1" + times(" if 1 else 1", 10000) + " }}",
        times("{% for x in y %}", 10000), "{{ x" + times(" is not y(1)", 10000) + " }}",
        "{% set " + times("(", 10000), "{{ 1" + times(" and 1", 10000) + " }}"})
    EXPECT_THAT(test::error(source),
                testing::AnyOf(StartsWith("LimitError"), StartsWith("TemplateSyntaxError")))
        << source.substr(0, 40);
}

TEST(JinjaLimits, sources_end_at_a_size) {
  EXPECT_THAT(test::error(std::string(2 << 20, 'x')),
              HasSubstr("source: the template has 2097152 bytes, expected at most 1048576"));
}

TEST(JinjaLimits, a_text_that_grows_piece_by_piece_takes_linear_memory) {
  const std::string source =
      "{% set ns = namespace(s='') %}{% for i in range(20000) %}{% set ns.s = ns.s + '0123456789' %}{% "
      "endfor %}{{ ns.s|length }}";
  RenderOptions options;
  options.limits.memory = Bytes{8 << 20};  // copies would take 2 GB

  EXPECT_EQ(test::text(source, "{}", options), "200000");
}

}  // namespace
}  // namespace fullshard::jinja
