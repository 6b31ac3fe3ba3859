#include "fullshard/generate/text_stream.hpp"

#include <gtest/gtest.h>

#include "support/shared_assets.hpp"

namespace fullshard::generate {
namespace {

struct Streamed {
  std::string text;
  bool had_replacement = false;  // in any piece before the last
};

Streamed stream(const tokenize::Tokenizer& tokenizer, const std::string& prompt, const std::string& whole) {
  const auto first = tokenizer.encode(prompt, tokenize::SpecialTokens::Add);
  const auto all = tokenizer.encode(whole, tokenize::SpecialTokens::Add);
  TextStream out(tokenizer, first);
  Streamed streamed;
  for (size_t i = first.size(); i < all.size(); ++i) {
    const std::string piece = out.push(all[i]);
    streamed.had_replacement |= piece.find("\xEF\xBF\xBD") != std::string::npos;
    streamed.text += piece;
  }
  streamed.text += out.finish();
  return streamed;
}

TEST(TextStream, pieces_are_the_text_after_the_prompt_with_its_spaces) {
  FS_NEEDS_SHARED_ASSETS();
  for (const char* name : {"qwen3", "mistral-7b-v0.1", "minimind-6400"}) {
    const auto tokenizer = tokenize::Tokenizer::load(test::shared_assets() / "tokenizers" / name);

    const Streamed streamed = stream(tokenizer, "The dog", "The dog sat 🦙🧬 on 漢字 and  left.");

    EXPECT_EQ(streamed.text, " sat 🦙🧬 on 漢字 and  left.") << name;
    EXPECT_FALSE(streamed.had_replacement) << name;
  }
}

TEST(TextStream, special_tokens_are_left_out) {
  FS_NEEDS_SHARED_ASSETS();
  const auto tokenizer = tokenize::Tokenizer::load(test::shared_assets() / "tokenizers" / "qwen3");

  EXPECT_EQ(stream(tokenizer, "Hello", "Hello world<|im_end|>").text, " world");
}

TEST(TextStream, a_character_that_never_ends_is_given_at_the_end) {
  FS_NEEDS_SHARED_ASSETS();
  const auto tokenizer = tokenize::Tokenizer::load(test::shared_assets() / "tokenizers" / "mistral-7b-v0.1");
  TextStream out(tokenizer, tokenizer.encode("a", tokenize::SpecialTokens::Add));

  const std::string early = out.push(*tokenizer.id_of("<0xF0>"));

  EXPECT_EQ(early, "");
  EXPECT_EQ(out.finish(), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace fullshard::generate
