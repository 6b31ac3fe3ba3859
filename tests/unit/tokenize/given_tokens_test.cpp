#include "tokenize/given_tokens.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/tokenize/named_tokens.hpp"
#include "support/temp_dir.hpp"
#include "tokenize/tiny_tokenizer.hpp"

namespace fullshard::tokenize {

namespace {

using fullshard::test::TempDir;
using test::TinyFile;
using testing::HasSubstr;
using Ids = std::vector<int32_t>;

Ids plain(const TinyFile& file, std::string_view text) {
  return file.load().encode(text, SpecialTokens::None);
}

// Of a directory with these two files: names and texts, and the id of end-of-text.
struct Said {
  std::string names;
  std::optional<int32_t> eos;
};

Said said(const std::string& config, const std::string& map) {
  TempDir dir;
  TinyFile{.config = config}.write_to(dir.path());
  write_file_atomically(dir / "special_tokens_map.json", map);
  Said all{"", Tokenizer::load(dir.path()).eos_id()};
  for (const auto& [name, text] : read_named_tokens(dir.path())) all.names += name + "=" + text + " ";
  return all;
}

std::string refusal(const TinyFile& file) {
  try {
    file.load();
    return "accepted";
  } catch (const ModelError& e) {
    return e.what();
  }
}

}  // namespace

// transformers 5.23 gives these, too.
TEST(GivenTokens, the_old_map_counts_where_the_config_lists_no_tokens) {
  const Said map = said(R"({"eos_token":"<s>","bos_token":"<s>"})",
                        R"({"eos_token":{"content":"</s>"},"bos_token":null,"pad_token":"a"})");
  EXPECT_EQ(map.names, "eos_token=</s> pad_token=a ");
  EXPECT_EQ(map.eos, 13);

  const Said config = said(R"({"eos_token":"<s>","added_tokens_decoder":{}})", R"({"eos_token":"</s>"})");
  EXPECT_EQ(config.names, "eos_token=<s> ");
  EXPECT_EQ(config.eos, 12);
}

TEST(GivenTokens, names_of_the_config_and_of_objects_of_names_come_before_others_of_the_map) {
  EXPECT_EQ(said(R"({"a_token":"a","extra_special_tokens":{"b_token":"b"},"add_bos_token":true})",
                 R"({"a_token":"c","c_token":"c"})")
                .names,
            "a_token=a b_token=b c_token=c ");
  EXPECT_EQ(said(R"({"a_token":"a"})", R"({"extra_special_tokens":{"a_token":"c"}})").names, "a_token=c ");
}

TEST(GivenTokens, special_tokens_of_the_vocabulary_are_found_in_text) {
  const auto with = [](const char* config) {
    return TinyFile{.added = "[]",
                    .model = R"({"type":"BPE","vocab":{"a":0,"b":1,"c":2,"abc":3},"merges":[]})",
                    .config = config};
  };

  EXPECT_EQ(plain(with("{}"), "abca"), (Ids{0, 1, 2, 0}));
  for (const char* config :
       {R"({"eos_token":"abc"})", R"({"x_token":"abc"})", R"({"additional_special_tokens":["abc"]})",
        R"({"extra_special_tokens":["abc"]})", R"({"extra_special_tokens":{"x":"abc"}})",
        R"({"added_tokens_decoder":{"3":{"content":"abc"}}})"})
    EXPECT_EQ(plain(with(config), "abca"), (Ids{3, 0})) << config;
  EXPECT_TRUE(with(R"({"pad_token":"abc"})").load().is_special(3));
  EXPECT_FALSE(with(R"({"added_tokens_decoder":{"3":{"content":"abc"}}})").load().is_special(3));
}

TEST(GivenTokens, tokens_are_looked_for_as_the_config_lists_them) {
  const TinyFile listed{.config = R"({"added_tokens_decoder":{"12":{"content":"<s>","lstrip":true}}})"};

  EXPECT_EQ(plain(TinyFile{}, "a <s> b"), (Ids{0, 8, 12, 8, 1}));
  EXPECT_EQ(plain(listed, "a <s> b"), (Ids{0, 12, 8, 1}));
  EXPECT_TRUE(listed.load().is_special(12));  // as in tokenizer.json: no list takes that back
}

TEST(GivenTokens, an_end_of_text_that_tokenizer_json_lacks_is_refused) {
  for (const char* name : {"bos_token", "eos_token"})
    EXPECT_THAT(refusal({.config = std::string(R"({")") + name + R"(":"<eos>"})"}),
                HasSubstr("tokenizer_config.json: " + std::string(name) +
                          ": \"<eos>\" is not in tokenizer.json; name another or none"));
  EXPECT_THAT(refusal({.config = R"({"eos_token":"<eos>"})"}),
              HasSubstr(R"(adds unsaid: {"id":14,"content":"<eos>","single_word":false,"lstrip":false,)"
                        R"("rstrip":false,"normalized":false,"special":true})"));
}

TEST(GivenTokens, others_that_tokenizer_json_lacks_are_no_tokens) {
  for (const char* config :
       {R"({"pad_token":"dddd"})", R"({"fill_token":"dddd"})",
        R"({"additional_special_tokens":["a","dddd"]})", R"({"extra_special_tokens":{"x":"dddd"}})"})
    EXPECT_EQ(plain(TinyFile{.config = config}, "dddd"), (Ids{3, 3, 3, 3})) << config;
}

TEST(GivenTokens, lists_that_contradict_tokenizer_json_are_refused) {
  for (const char* list : {R"({"11":{"content":"<s>"}})", R"({"14":{"content":"<new>"}})"})
    EXPECT_THAT(refusal({.config = std::string(R"({"added_tokens_decoder":)") + list + "}"}),
                HasSubstr("the two files must agree"));
  EXPECT_THAT(refusal({.config = R"({"extra_special_tokens":"<s>"})"}),
              HasSubstr("expected a list of tokens, or an object of them"));
  EXPECT_THAT(refusal({.config = R"({"added_tokens_decoder":{"x":{"content":"<s>"}}})"}),
              HasSubstr("expected ids as keys, found \"x\""));
}

TEST(GivenTokens, a_token_without_text_is_none) {
  EXPECT_EQ(said(R"({"eos_token":""})", "{}").eos, std::nullopt);
}

}  // namespace fullshard::tokenize
