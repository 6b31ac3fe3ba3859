#include "fullshard/jinja/parse_json.hpp"

#include <gmock/gmock.h>

#include "fullshard/jinja/error.hpp"
#include "unit/jinja/render.hpp"

namespace fullshard::jinja {
namespace {

using testing::HasSubstr;

std::string repr(std::string_view json) {
  return test::text("{{ x }}", "{\"x\": " + std::string(json) + "}");
}

std::string refused(std::string_view json) {
  Heap heap;
  try {
    parse_json(json, heap);
  } catch (const TemplateError& e) {
    return e.reason;
  }
  return "accepted";
}

TEST(ParseJson, gives_values_as_python_does) {
  EXPECT_EQ(repr(R"([1, 1.0, -0.0, 1e3, true, false, null, "a\u00e9\ud83d\ude00\n", {"b": [], "a": {}}])"),
            "[1, 1.0, -0.0, 1000.0, True, False, None, 'aé😀\\n', {'b': [], 'a': {}}]");
  EXPECT_EQ(repr("[0.1, 2.675, 1e-7, 123456789.123456789, 1e400, -1e400]"),
            "[0.1, 2.675, 1e-07, 123456789.12345679, inf, -inf]");
}

TEST(ParseJson, integers_beyond_64_bits_are_floats_that_print_their_digits) {
  const std::string ninety_nines(90, '9'), beyond_floats(400, '9');

  EXPECT_EQ(repr("[9223372036854775807, -9223372036854775808, 9223372036854775808, -9223372036854775809]"),
            "[9223372036854775807, -9223372036854775808, 9223372036854775808, -9223372036854775809]");
  for (const std::string& digits : {std::string("18446744073709551615"), "-" + ninety_nines, beyond_floats}) {
    EXPECT_EQ(
        test::text("{{ x }} {{ [x]|tojson }} {{ x ~ '' }} {{ {x: 1}|tojson }}", "{\"x\":" + digits + "}"),
        digits + " [" + digits + "] " + digits + " {\"" + digits + "\": 1}");
  }
  EXPECT_EQ(
      test::text(
          "{{ x + 0 }} {{ x|float }} {{ -x }} {{ x is float }} {{ x > 9223372036854775807 }} {{ x == y }}",
          R"({"x": 18446744073709551615, "y": 18446744073709551616.0})"),
      "1.8446744073709552e+19 1.8446744073709552e+19 -1.8446744073709552e+19 True True True");
  EXPECT_EQ(test::text("{{ x + 0 }}", "{\"x\": " + beyond_floats + "}"), "inf");
}

TEST(ParseJson, of_equal_keys_the_last_counts_at_the_first_place) {
  EXPECT_EQ(repr(R"({"a": 1, "b": 2, "a": 3})"), "{'a': 3, 'b': 2}");
}

TEST(ParseJson, large_objects_keep_their_order_and_are_found) {
  std::string json = "{";
  for (int i = 0; i < 1000; ++i)
    json += "\"k" + std::to_string(i * 7919 % 1000) + "\":" + std::to_string(i) + ",";
  json += "\"k0\":-1}";

  EXPECT_EQ(
      test::text(
          "{{ x|length }} {{ x|list|first }} {{ x.k0 }} {{ x['k919'] }} {{ 'k1000' in x }} {{ (x|list)[1] }}",
          "{\"x\":" + json + "}"),
      "1000 k0 -1 1 False k919");
}

TEST(ParseJson, what_is_not_utf8_becomes_a_replacement_character) {
  EXPECT_EQ(repr("\"a\xff\\ud800b\""),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
}

TEST(ParseJson, says_where_it_broke) {
  EXPECT_EQ(refused("[1, 2"), "JSON, byte 5: expected ',' or ']', found the end");
  EXPECT_THAT(refused("{\"a\" 1}"), HasSubstr("byte 5: expected ':', found byte 0x31"));
  for (const char* bad : {"", "{", "[1,]", "{\"a\":1,}", "nul", "01", "1 2", "\"\\x\"", "\"\\u12\"",
                          "\"a\nb\"", "-", "{1:2}", "'a'"})
    EXPECT_THAT(refused(bad), HasSubstr("expected")) << bad;
}

TEST(ParseJson, refuses_what_is_nested_too_deeply) {
  EXPECT_THAT(refused(std::string(100000, '[')), HasSubstr("more than 100 levels"));
}

}  // namespace
}  // namespace fullshard::jinja
