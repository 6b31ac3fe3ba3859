#include "tokenize/decoder.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "fullshard/core/error.hpp"
#include "tokenize/json_text.hpp"

// Expected texts: what tokenizers 0.23 gives for the same JSON and tokens.
namespace fullshard::tokenize {

namespace {

std::string decoded(std::string_view json, std::vector<std::string> tokens) {
  const boost::json::value value = parse_json(json);
  const std::filesystem::path file = "tokenizer.json";
  return Decoder::from(JsonNode(value, file, "decoder")).decode(std::move(tokens));
}

/// The most memory that this process has ever held.
int64_t peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST(Decoder, a_run_of_bytes_that_is_no_text_is_a_replacement_character_for_each) {
  constexpr std::string_view fallback = R"({"type":"ByteFallback"})";

  EXPECT_EQ(decoded(fallback, {"a", "<0xC3>", "<0xA9>", "b"}), "a\u00E9b");
  EXPECT_EQ(decoded(fallback, {"a", "<0xC3>", "<0xC3>", "b"}), "a\uFFFD\uFFFDb");
}

TEST(Decoder, strips_no_more_than_it_is_told_from_either_side) {
  EXPECT_EQ(decoded(R"({"type":"Strip","content":"_","start":1,"stop":0})", {"__a_"}), "_a_");
  EXPECT_EQ(decoded(R"({"type":"Strip","content":"_","start":0,"stop":1})", {"_a__"}), "_a_");
}

TEST(Decoder, metaspace_takes_the_first_mark_away_where_it_was_put) {
  EXPECT_EQ(decoded(R"({"type":"Metaspace","replacement":"_","prepend_scheme":"always"})", {"_a", "_b"}),
            "a b");
  EXPECT_EQ(decoded(R"({"type":"Metaspace","replacement":"_","prepend_scheme":"never"})", {"_a", "_b"}),
            " a b");
}

TEST(Decoder, replaces_in_every_token_and_joins_the_bytes_of_byte_level_ones) {
  EXPECT_EQ(decoded(R"({"type":"Replace","pattern":{"String":"_"},"content":" "})", {"a_b", "_c"}), "a b c");
  EXPECT_EQ(decoded(R"({"type":"ByteLevel"})", {"\u0120a", "\u00C3", "\u00A9"}), " a\u00E9");
}

TEST(Decoder, without_steps_tokens_are_joined_by_spaces) {
  EXPECT_EQ(Decoder().decode({"a", "b"}), "a b");
}

TEST(Decoder, steps_without_end_are_refused) {
  const auto steps = [](size_t n) {
    std::string list;
    for (size_t i = 0; i < n; ++i) list += (i == 0 ? "" : ",") + std::string(R"({"type":"Fuse"})");
    return R"({"type":"Sequence","decoders":[)" + list + "]}";
  };

  EXPECT_EQ(decoded(steps(64), {"a", "b"}), "ab");
  EXPECT_THROW(decoded(steps(65), {"a", "b"}), ModelError);
}

TEST(Decoder, replacements_that_make_much_of_each_of_many_tokens_are_refused_before_they_are_made) {
  const std::string replace =
      R"({"type":"Replace","pattern":{"String":"a"},"content":")" + std::string(100'000, 'b') + "\"}";
  const std::vector<std::string> tokens(4096, "a");  // 132 KiB allowed, 390 MiB in all
  const int64_t before = peak_kib();

  EXPECT_THROW(decoded(replace, tokens), Error);

  EXPECT_LT(peak_kib() - before, 64 * 1024);
}

}  // namespace fullshard::tokenize
