#include "fullshard/core/json_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

namespace fullshard {

TEST(JsonWriter, nests_and_separates) {
  JsonWriter w;
  w.begin_object().key("a").value(1).key("b").begin_array().value(true).null().value("x").end_array().key(
      "c");
  w.begin_object().end_object().end_object();

  EXPECT_EQ(w.str(), R"({"a":1,"b":[true,null,"x"],"c":{}})");
}

TEST(JsonWriter, doubles_read_back_as_the_same_bits) {
  for (double d : {0.1, 1.0 / 3, 6.02214076e23, -2.5e-308, 1e16, 123456789.0}) {
    JsonWriter w;
    w.value(d);
    EXPECT_EQ(std::stod(w.str()), d) << w.str();
  }
}

TEST(JsonWriter, numbers_json_does_not_have_become_null) {
  JsonWriter w;
  w.begin_array()
      .value(std::numeric_limits<double>::quiet_NaN())
      .value(std::numeric_limits<double>::infinity())
      .end_array();

  EXPECT_EQ(w.str(), "[null,null]");
}

TEST(JsonWriter, indents) {
  JsonWriter w{2};
  w.begin_object()
      .key("a")
      .begin_array()
      .value(1)
      .value(2)
      .end_array()
      .key("b")
      .begin_object()
      .end_object()
      .end_object();

  EXPECT_EQ(w.str(), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(JsonQuoted, escapes_controls_and_replaces_invalid_utf8) {
  EXPECT_EQ(json_quoted("a\"\\\n\x01"), "\"a\\\"\\\\\\n\\u0001\"");
  EXPECT_EQ(json_quoted("h\xC3\xA9\xF0\x9F\x98\x80"), "\"h\xC3\xA9\xF0\x9F\x98\x80\"");
  EXPECT_EQ(json_quoted("\xC3"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(json_quoted("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // a surrogate
}

TEST(JsonExcerpt, is_the_whole_text_where_it_is_short) {
  EXPECT_EQ(json_excerpt("user"), R"("user")");
  EXPECT_EQ(json_excerpt(""), R"("")");
  EXPECT_EQ(json_excerpt("abc", 3), R"("abc")");
  EXPECT_EQ(json_excerpt(std::string(80, 'a')), '"' + std::string(80, 'a') + '"');
}

TEST(JsonExcerpt, says_that_a_text_goes_on) {
  EXPECT_EQ(json_excerpt("abcd", 3), R"("abc"…)");
  EXPECT_EQ(json_excerpt("abc", 0), R"(""…)");
  EXPECT_EQ(json_excerpt(std::string(1000, 'a')), '"' + std::string(80, 'a') + R"("…)");
}

TEST(JsonExcerpt, cuts_between_characters) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";  // of 1, 2, 3, 4 and 1 bytes

  const size_t begins[] = {0, 1, 3, 6, 10};
  for (size_t most = 0; most < text.size(); ++most) {
    const size_t end = *(std::upper_bound(std::begin(begins), std::end(begins), most) - 1);
    EXPECT_EQ(json_excerpt(text, most), '"' + text.substr(0, end) + R"("…)") << most;
  }
  EXPECT_EQ(json_excerpt(std::string(9, '\xA9'), 2),
            "\"\xEF\xBF\xBD\xEF\xBF\xBD\"…");  // no characters at all
}

TEST(JsonExcerpt, has_no_control_characters) {
  EXPECT_EQ(json_excerpt("\x1B[31m\n\"\\\x7F"), R"("\u001b[31m\n\"\\\u007f")");
  EXPECT_EQ(json_excerpt("\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0\xC3\x9F"),
            "\"\\u0080\\u009b\\u009f\xC2\xA0\xC3\x9F\"");
  EXPECT_EQ(json_excerpt(std::string_view("\0\xC2", 2)), "\"\\u0000\xEF\xBF\xBD\"");
}

}  // namespace fullshard
