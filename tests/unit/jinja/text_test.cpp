#include "jinja/text.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "unit/jinja/render.hpp"

namespace fullshard::jinja {
namespace {

TEST(JinjaText, reals_are_written_as_pythons_repr_writes_them) {
  const std::pair<double, const char*> cases[] = {{1.0, "1.0"},
                                                  {-0.0, "-0.0"},
                                                  {0.1 + 0.2, "0.30000000000000004"},
                                                  {1e15, "1000000000000000.0"},
                                                  {1e16, "1e+16"},
                                                  {123456789012345680.0, "1.2345678901234568e+17"},
                                                  {1e-4, "0.0001"},
                                                  {1e-5, "1e-05"},
                                                  {5e-324, "5e-324"},
                                                  {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                  {HUGE_VAL, "inf"},
                                                  {-HUGE_VAL, "-inf"}};
  for (const auto& [number, text] : cases) EXPECT_EQ(real_text(number), text);
  EXPECT_EQ(real_text(std::nan("")), "nan");
}

TEST(JinjaText, numbers_out_of_range_are_infinite_or_0_however_they_are_written) {
  const std::string zeros(400, '0');

  for (const std::string& tiny :
       {"0." + zeros + "1", "0." + zeros + "1e50", std::string("1e-400"), "1" + zeros + "e-900"}) {
    EXPECT_EQ(test::text("{{ x }} " + ("{{ " + tiny + " }}"), "{\"x\": " + tiny + "}"), "0.0 0.0") << tiny;
    EXPECT_EQ(test::text("{{ x|float }}", "{\"x\": \"" + tiny + "\"}"), "0.0") << tiny;
  }
  for (const std::string& huge : {"1" + zeros + ".0", "1" + zeros + "e-50", std::string("1e+400")}) {
    EXPECT_EQ(test::text("{{ x }} " + ("{{ " + huge + " }}"), "{\"x\": " + huge + "}"), "inf inf") << huge;
    EXPECT_EQ(test::text("{{ x|float }}", "{\"x\": \"" + huge + "\"}"), "inf") << huge;
  }
  EXPECT_EQ(test::text("{{ x }}", R"({"x": [-1e-99999999999999999999, 1E99999999999999999999]})"),
            "[-0.0, inf]");
}

TEST(JinjaText, containers_are_written_with_the_repr_of_what_they_hold) {
  EXPECT_EQ(test::text(R"({{ x }})", R"({"x": [1, 1.0, true, null, "it's", "\"", "é\n\u200b", {"a": []}]})"),
            "[1, 1.0, True, None, \"it's\", '\"', 'é\\n\\u200b', {'a': []}]");
  EXPECT_EQ(test::text("{{ (1,) }} {{ () }} {{ {} }} {{ range(3) }} {{ x }}|{{ [x] }}"),
            "(1,) () {} range(0, 3) |[Undefined]");
}

TEST(JinjaText, json_is_that_of_json_dumps) {
  const char* context =
      R"({"x": {"b": [1, 1.5, true, null], "a": "é\"\u007f\u0001"}, "e": {"a": [], "b": {}}})";

  EXPECT_EQ(test::text("{{ x|tojson }}", context),
            "{\"b\": [1, 1.5, true, null], \"a\": \"é\\\"\x7f\\u0001\"}");
  EXPECT_EQ(test::text("{{ x.a|tojson(ensure_ascii=true) }}", context), "\"\\u00e9\\\"\\u007f\\u0001\"");
  EXPECT_EQ(test::text("{{ x.b|tojson(indent=2) }}", context), "[\n  1,\n  1.5,\n  true,\n  null\n]");
  EXPECT_EQ(test::text("{{ e|tojson(indent=2) }}", context), "{\n  \"a\": [],\n  \"b\": {}\n}");
  EXPECT_EQ(test::text("{{ x|tojson(sort_keys=true, separators=(',',':')) }}", context).substr(0, 5),
            "{\"a\":");
}

}  // namespace
}  // namespace fullshard::jinja
