#include "tokenize/normalizer.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "tokenize/json_text.hpp"

// Expected texts: what tokenizers 0.23 gives for the same JSON and text.
namespace fullshard::tokenize {

namespace {

Normalizer::Result normalized_by(std::string_view json, std::string_view text) {
  const boost::json::value value = parse_json(json);
  const std::filesystem::path file = "tokenizer.json";
  return Normalizer::from(JsonNode(value, file, "normalizer")).apply(text);
}

std::string text_by(std::string_view json, std::string_view text) {
  return normalized_by(json, text).text;
}

}  // namespace

TEST(Normalizer, each_unicode_form_is_its_own) {
  constexpr std::string_view apart = "e\u0301\uFB01", together = "\u00E9\uFB01";  // é and the ligature fi

  EXPECT_EQ(text_by(R"({"type":"NFC"})", apart), together);
  EXPECT_EQ(text_by(R"({"type":"NFD"})", together), apart);
  EXPECT_EQ(text_by(R"({"type":"NFKC"})", apart), "\u00E9fi");
  EXPECT_EQ(text_by(R"({"type":"NFKD"})", together), "e\u0301fi");
}

TEST(Normalizer, strips_the_sides_that_it_is_told) {
  const auto strip = [](const char* left, const char* right) {
    return text_by(
        std::string(R"({"type":"Strip","strip_left":)") + left + R"(,"strip_right":)" + right + "}", " a b ");
  };

  EXPECT_EQ(strip("true", "false"), "a b ");
  EXPECT_EQ(strip("false", "true"), " a b");
  EXPECT_EQ(strip("true", "true"), "a b");
}

TEST(Normalizer, says_where_the_beginning_of_the_text_was_taken_away) {
  constexpr std::string_view strip = R"({"type":"Strip","strip_left":true,"strip_right":true})";

  EXPECT_FALSE(normalized_by(strip, " a").from_start);
  EXPECT_TRUE(normalized_by(strip, "a ").from_start);
}

TEST(Normalizer, prepends_to_what_is_not_empty_replaces_and_lowers) {
  constexpr std::string_view prepend = R"({"type":"Prepend","prepend":"_"})";

  EXPECT_EQ(text_by(prepend, "a"), "_a");
  EXPECT_EQ(text_by(prepend, ""), "");
  EXPECT_EQ(text_by(R"({"type":"Replace","pattern":{"String":" "},"content":"__"})", " a b"), "__a__b");
  EXPECT_EQ(text_by(R"({"type":"Lowercase"})", "\u00C0B"), "\u00E0b");
}

TEST(Normalizer, steps_without_end_are_refused) {
  const auto steps = [](size_t n) {
    std::string list;
    for (size_t i = 0; i < n; ++i) list += (i == 0 ? "" : ",") + std::string(R"({"type":"Lowercase"})");
    return R"({"type":"Sequence","normalizers":[)" + list + "]}";
  };

  EXPECT_EQ(text_by(steps(64), "A"), "a");
  EXPECT_THROW(text_by(steps(65), "A"), ModelError);
}

}  // namespace fullshard::tokenize
