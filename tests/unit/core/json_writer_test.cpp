#include "fullshard/core/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

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

}  // namespace fullshard
