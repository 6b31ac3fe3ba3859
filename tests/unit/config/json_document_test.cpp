#include "config/json_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string message_of(std::string_view text, JsonDialect dialect) {
  try {
    parse_json(text, dialect);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(JsonDocument, knows_the_line_of_every_key_across_comments_and_strings) {
  const auto doc = parse_json("{ // one\n\"a\": \"x\\\"//\\n\", /* two\nlines */ \"b\": [1,\n{\"c\": 2}]\n}",
                              JsonDialect::Relaxed);

  EXPECT_EQ(doc.root.find("a")->line, 2);
  EXPECT_EQ(doc.root.find("a")->text, "x\"//\n");
  EXPECT_EQ(doc.root.find("b")->line, 3);
  EXPECT_EQ(doc.root.find("b")->items[1].find("c")->line, 4);
}

TEST(JsonDocument, reports_duplicate_keys_with_both_lines_however_they_are_spelled) {
  const auto doc =
      parse_json("{\"a\": 1,\n\"b\": {\"c\": 1, \"c\": 2},\n\"\\u0061\": 3}", JsonDialect::Strict);

  EXPECT_THAT(doc.duplicates, ElementsAre("b.c: given in line 2 and again in line 2; keep one",
                                          "a: given in line 1 and again in line 3; keep one"));
  EXPECT_EQ(doc.root.find("a")->integer, 3);
}

TEST(JsonDocument, same_key_in_different_objects_is_no_duplicate) {
  EXPECT_TRUE(
      parse_json(R"({"a": [{"x": 1}, {"x": 2}], "x": {"a": 1}})", JsonDialect::Strict).duplicates.empty());
}

TEST(JsonDocument, a_comment_may_begin_with_a_slash) {
  EXPECT_NO_THROW(parse_json("{/*/ a /*/ \"x\": 1 /**/}", JsonDialect::Relaxed));
}

TEST(JsonDocument, comments_and_trailing_commas_need_the_relaxed_dialect) {
  EXPECT_THAT(message_of("[1,\n2,]", JsonDialect::Strict), HasSubstr("line 2: not valid JSON"));
  EXPECT_EQ(message_of("[1,\n2,] // end", JsonDialect::Relaxed), "");
}

TEST(JsonDocument, broken_text_is_refused_with_its_line) {
  EXPECT_THAT(message_of("{\"a\":\n\n tru}", JsonDialect::Relaxed), HasSubstr("line 3"));
  EXPECT_THAT(message_of("{\"a\": 1", JsonDialect::Relaxed), HasSubstr("not valid JSON"));
  EXPECT_THAT(message_of("", JsonDialect::Relaxed), HasSubstr("not valid JSON"));
  EXPECT_THAT(message_of("{} x", JsonDialect::Relaxed), HasSubstr("not valid JSON"));
  EXPECT_THAT(message_of("{} /* open", JsonDialect::Relaxed), HasSubstr("not valid JSON"));
  EXPECT_THAT(message_of(std::string(100000, '['), JsonDialect::Relaxed), HasSubstr("not valid JSON"));
}

TEST(JsonDocument, integers_keep_all_bits_and_larger_ones_become_real) {
  const auto doc = parse_json("[9223372036854775807, 18446744073709551616, 1.5, -0]", JsonDialect::Strict);

  EXPECT_EQ(doc.root.items[0].integer, INT64_MAX);
  EXPECT_EQ(doc.root.items[1].kind, JsonValue::Kind::Real);
  EXPECT_EQ(doc.root.items[2].real, 1.5);
  EXPECT_EQ(doc.root.items[3].kind, JsonValue::Kind::Integer);
}

TEST(JsonDocument, messages_have_the_start_of_long_values) {
  const std::string text(100, 'a');
  const auto doc =
      parse_json("[\"" + text + "\", [\"" + text + "\"], \"\\u001b\\u007f\", 1, null]", JsonDialect::Strict);
  const auto& items = doc.root.items;

  EXPECT_EQ(items[0].described(), '"' + text.substr(0, 60) + "\"… (a string)");
  EXPECT_EQ(items[1].described(), "\"[\\\"" + text.substr(0, 58) + "\"… (a list)");
  EXPECT_EQ(items[2].described(), R"("\u001b\u007f" (a string))");
  EXPECT_EQ(items[3].described(), "1 (a number)");
  EXPECT_EQ(items[4].described(), "null");
  EXPECT_EQ(shown_key("rope_scaling.factor"), "rope_scaling.factor");
  EXPECT_EQ(shown_key("\x1B[31m"), R"("\u001b[31m")");
  EXPECT_EQ(shown_key(text), '"' + text.substr(0, 80) + "\"…");
  const std::string as_long_as_its_excerpt = text.substr(0, 82) + "\x1B";
  EXPECT_EQ(shown_key(as_long_as_its_excerpt), '"' + text.substr(0, 80) + "\"…");
}

TEST(JsonDocument, equality_ignores_member_order_and_number_spelling) {
  const auto a = parse_json(R"({"x": 1, "y": [2.0, "s"]})", JsonDialect::Strict).root;
  const auto b = parse_json(R"({"y": [2, "s"], "x": 1})", JsonDialect::Strict).root;
  const auto c = parse_json(R"({"y": [2, "t"], "x": 1})", JsonDialect::Strict).root;

  EXPECT_TRUE(same_value(a, b));
  EXPECT_FALSE(same_value(a, c));
}

}  // namespace
}  // namespace fullshard::config
