#include <gmock/gmock.h>

#include "jinja/native.hpp"
#include "unit/jinja/render.hpp"

namespace fullshard::jinja {
namespace {

constexpr const char* kUsers =
    R"({"users": [{"n": "b", "age": 3}, {"n": "A", "age": 1}, {"n": "c", "age": 3}]})";

TEST(JinjaFilters, sort_is_stable_and_blind_to_case_unless_told) {
  EXPECT_EQ(test::text("{{ ['b','A','c']|sort|join }}{{ ['b','A','a']|sort(case_sensitive=true)|join }}"),
            "AbcAab");
  EXPECT_EQ(test::text("{{ users|sort(attribute='age',reverse=true)|map(attribute='n')|join }}", kUsers),
            "bcA");
  EXPECT_EQ(test::text("{{ users|sort(attribute='age,n')|map(attribute='n')|join }}", kUsers), "Abc");
}

TEST(JinjaFilters, select_by_tests_and_attributes) {
  EXPECT_EQ(test::text("{{ users|selectattr('age','gt',1)|map(attribute='n')|join }}", kUsers), "bc");
  EXPECT_EQ(test::text("{{ users|rejectattr('age','equalto',3)|list|length }}", kUsers), "1");
  EXPECT_EQ(test::text("{{ [0,1,2,'']|select|join(',') }} {{ [1,2,3]|reject('odd')|list }}"), "1,2 [2]");
}

TEST(JinjaFilters, what_python_makes_lazily_has_no_length_and_is_gone_through_once) {
  EXPECT_EQ(test::error("{{ [1]|map('string')|length }}"),
            "TypeError, line 1: object of type 'generator' has no len()");
  EXPECT_EQ(test::text("{% set x = [1,2]|map('string') %}{{ x|join }}|{{ x|join }}|{{ 'yes' if x }}"),
            "12||yes");
}

TEST(JinjaFilters, groups_have_names) {
  EXPECT_EQ(test::text("{% for g in users|groupby('age') %}{{ g.grouper }}:{{ g.list|length }} {% endfor %}",
                       kUsers),
            "1:1 3:2 ");
}

TEST(JinjaFilters, numbers_have_digits_and_spaces_of_any_script) {
  EXPECT_EQ(test::text("{{ '１２'|int }} {{ '-٣'|int }} {{ '１.５'|float }} {{ '\\U0001D7D9'|int }} {{ "
                       "'\\u20285'|int }} {{ '²'|int }} {{ '\\x1c5'|int }}"),
            "12 -3 1.5 1 5 0 0");
}

TEST(JinjaFilters, sizes_of_files_are_of_numbers) {
  EXPECT_EQ(test::text("{{ '1500'|filesizeformat }}"), "1.5 kB");
  EXPECT_EQ(test::error("{{ 'a'|filesizeformat }}"),
            "ValueError, line 1: could not convert string to float: 'a'");
  EXPECT_EQ(test::error("{{ [1]|filesizeformat }}"),
            "TypeError, line 1: float() argument must be a string or a real number, not 'list'");
}

TEST(JinjaFilters, numbers_are_read_and_rounded_as_in_python) {
  EXPECT_EQ(
      test::text(
          "{{ ' 4_2 '|int }} {{ 'x'|int(7) }} {{ '0x1f'|int(base=16) }} {{ '1e2'|float }} {{ '3.9'|int }}"),
      "42 7 31 100.0 3");
  EXPECT_EQ(test::text("{{ 2.5|round }} {{ 2.675|round(2) }} {{ 42|round }} {{ 1250|round(-2) }} {{ "
                       "42.51|round(0,'floor') }}"),
            "2.0 2.67 42 1200 42.0");
}

TEST(JinjaFilters, arguments_are_bound_by_name_and_place) {
  EXPECT_EQ(test::text("{{ 'a\nb'|indent(2, first=true) }}"), "  a\n  b");
  EXPECT_EQ(test::error("{{ 'a'|indent(with=2) }}"),
            "TypeError, line 1: indent() got an unexpected keyword argument 'with'");
  EXPECT_EQ(test::error("{{ 'a'|indent(2, width=2) }}"),
            "TypeError, line 1: indent() got multiple values for argument 'width'");
  EXPECT_EQ(test::error("{{ 'a'|replace('x') }}"),
            "TypeError, line 1: replace() missing the required argument 'new'");
  EXPECT_EQ(test::error("{{ 'a'.replace('a','b',count=1) }}"),
            "TypeError, line 1: replace() got an unexpected keyword argument 'count'");
}

TEST(JinjaFilters, unknown_ones_fail_at_once_but_in_branches_only_when_they_run) {
  EXPECT_THROW(Template::parse("{{ x|nosuch }}"), TemplateError);
  EXPECT_EQ(test::text("{% if false %}{{ x|nosuch }}{% endif %}ok"), "ok");
  EXPECT_EQ(find_filter("nosuch"), nullptr);
}

TEST(JinjaTests, a_range_knows_its_numbers) {
  EXPECT_EQ(test::text("{% for r in [range(5), range(1,9,3), range(9,0,-2), range(0), range(-3,3)] %}"
                       "{% for i in range(-4,11) if i in r %}{{ i }},{% endfor %};{% endfor %}{{ 1.0 in "
                       "range(3) }}{{ true in range(3) }}"),
            "0,1,2,3,4,;1,4,7,;1,3,5,7,9,;;-3,-2,-1,0,1,2,;TrueTrue");
}

TEST(JinjaTests, tell_kinds_apart) {
  EXPECT_EQ(test::text("{{ true is integer }}{{ true is number }}{{ 1 is eq(1.0) }}{{ none is none }}{{ x is "
                       "defined }}{{ 'a' is string }}{{ {} is mapping }}"),
            "FalseTrueTrueTrueFalseTrueTrue");
  EXPECT_EQ(
      test::text("{{ 9 is divisibleby 3 }} {{ 'a' is in 'abc' }} {{ 2 is not odd }} {{ 'upper' is filter }}"),
      "True True True True");
}

}  // namespace
}  // namespace fullshard::jinja
