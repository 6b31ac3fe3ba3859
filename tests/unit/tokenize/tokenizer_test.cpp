#include "fullshard/tokenize/tokenizer.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <thread>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "support/shared_assets.hpp"
#include "tokenize/tiny_tokenizer.hpp"

namespace fullshard::tokenize {

namespace {

using test::TinyFile;
using testing::HasSubstr;
using Ids = std::vector<int32_t>;

Ids plain(const Tokenizer& t, std::string_view text) {
  return t.encode(text, SpecialTokens::None);
}

void expect_refused(const TinyFile& file, const std::string& message) {
  try {
    file.load();
    ADD_FAILURE() << "accepted; expected: " << message;
  } catch (const ModelError& e) {
    EXPECT_THAT(e.what(), HasSubstr(message));
    EXPECT_EQ(e.path.filename(), "tokenizer.json");
  }
}

Ids ids_in(const boost::json::value& array) {
  Ids ids;
  for (const auto& id : array.as_array()) ids.push_back(static_cast<int32_t>(id.as_int64()));
  return ids;
}

}  // namespace

TEST(Tokenizer, merges_come_in_both_spellings_and_go_by_rank) {
  const Tokenizer t = TinyFile{}.load();

  EXPECT_EQ(plain(t, "abcd"), (Ids{10, 3}));
  EXPECT_EQ(plain(t, "bcd"), (Ids{1, 11}));
  EXPECT_EQ(t.decode(Ids{10, 3}, SkipSpecial::Yes), "abcd");
}

TEST(Tokenizer, a_file_that_is_not_utf8_is_refused) {
  const std::string metaspace = R"({"type":"Metaspace","replacement":")"
                                "\xE2\x96\xFF"
                                R"(","prepend_scheme":"always","split":true})";

  expect_refused({.pre_tokenizer = R"({"type":"Sequence","pretokenizers":[)" + metaspace +
                                   R"(,{"type":"Digits","individual_digits":true}]})"},
                 "is not UTF-8 at byte");
}

TEST(Tokenizer, texts_are_parsed_as_files_are) {
  const Tokenizer t = Tokenizer::parse(
      {.tokenizer = R"({"added_tokens":[],"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}})",
       .special_tokens_map = R"({"eos_token":"b"})"},
      "model");

  EXPECT_EQ(plain(t, "aab"), (Ids{0, 0, 1}));
  EXPECT_EQ(t.eos_id(), 1);
}

TEST(Tokenizer, ignore_merges_takes_a_word_that_is_a_token_whole) {
  const auto ids = [](const char* ignore_merges) {
    const std::string model = R"({"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,"bc":4,"abc":5},)"
                              R"("merges":["b c","a b"],"ignore_merges":)";
    return plain(TinyFile{.added = "[]", .model = model + ignore_merges + "}", .config = "{}"}.load(), "abc");
  };

  EXPECT_EQ(ids("false"), (Ids{0, 4}));
  EXPECT_EQ(ids("true"), (Ids{5}));
}

TEST(Tokenizer, words_part_at_their_marks_unless_a_merge_crosses_one) {
  const auto parts = [](const char* more_merges) {
    const std::string model =
        R"({"type":"BPE","vocab":{"a":0,"b":1,"\u2581":2,"\u2581a":3,"a\u2581":4,"\u2581\u2581":5},)"
        R"("merges":[)";
    TinyFile file{.added = "[]", .model = model + more_merges + R"(["\u2581","a"]]})", .config = "{}"};
    if (std::string_view(more_merges).find("[\"a\"") ==
        std::string_view::npos)  // then no token crosses a mark
      file.model.replace(file.model.find("a\\u2581"), 7, "c");
    return plain(file.load(), "\u2581a\u2581\u2581ab");
  };

  EXPECT_EQ(parts(""), (Ids{3, 2, 3, 1}));
  EXPECT_EQ(parts(R"(["\u2581","\u2581"],)"), (Ids{3, 5, 0, 1}));
  EXPECT_EQ(parts(R"(["a","\u2581"],)"), (Ids{2, 4, 3, 1}));
}

TEST(Tokenizer, appended_ids_leave_those_before_them_alone) {
  const Tokenizer t = TinyFile{}.load();
  Ids ids = {7};

  t.append_encoded("abcd", SpecialTokens::None, ids);

  EXPECT_EQ(ids, (Ids{7, 10, 3}));
}

TEST(Tokenizer, special_tokens_have_names_and_are_found_in_text) {
  const Tokenizer t = TinyFile{}.load();

  EXPECT_EQ(t.bos_id(), 12);
  EXPECT_EQ(t.eos_id(), 13);
  EXPECT_EQ(t.vocab_size(), 14);
  EXPECT_EQ(t.id_of("abc"), 10);
  EXPECT_EQ(t.id_of("zzz"), std::nullopt);
  EXPECT_TRUE(t.is_special(12) && t.is_special(13));
  EXPECT_FALSE(t.is_special(9) || t.is_special(-1) || t.is_special(99));
  EXPECT_EQ(plain(t, "ab</s>c"), (Ids{9, 13, 2}));
  EXPECT_EQ(t.decode(Ids{9, 13, 2}, SkipSpecial::Yes), "abc");
  EXPECT_EQ(t.decode(Ids{9, 13, 2}, SkipSpecial::No), "ab</s>c");
}

TEST(Tokenizer, flags_of_added_tokens_are_honoured) {
  const auto with = [](const char* flags) {
    return TinyFile{.added = std::string(R"([{"id":12,"content":"<s>","normalized":false,)") + flags + "}]",
                    .config = "{}"}
        .load();
  };

  EXPECT_EQ(plain(with(R"("lstrip":true)"), "a  <s> b"), (Ids{0, 12, 8, 1}));
  EXPECT_EQ(plain(with(R"("rstrip":true)"), "a <s>  b"), (Ids{0, 8, 12, 1}));
  EXPECT_EQ(plain(with(R"("single_word":true)"), "a<s> <s>"), (Ids{0, 8, 12}));
}

TEST(Tokenizer, spaces_that_are_tokens_are_taken_once_and_looked_at_once) {
  const auto with = [](const char* flags) {
    return TinyFile{.added = std::string(R"([{"id":8,"content":" ","normalized":false,)") + flags + "}]",
                    .config = "{}"}
        .load();
  };
  const Stopwatch watch;

  EXPECT_EQ(plain(with(R"("lstrip":true,"rstrip":true)"), "a   b"), (Ids{0, 8, 1}));
  for (const char* flags : {R"("lstrip":true)", R"("rstrip":true)"}) {
    EXPECT_EQ(plain(with(flags), "a   b"), (Ids{0, 8, 8, 8, 1}));
    EXPECT_EQ(plain(with(flags), std::string(1'000'000, ' ')), Ids(1'000'000, 8));
  }

  EXPECT_LT(watch.seconds(), 30);  // 0.2 here, hours where each looks at all before it
}

TEST(Tokenizer, added_tokens_come_in_any_order) {
  const Tokenizer t =
      TinyFile{.added = R"([{"id":13,"content":"<y>"},{"id":0,"content":"a"},{"id":12,"content":"<x>"}])",
               .config = "{}"}
          .load();

  EXPECT_EQ(plain(t, "<x><y>a"), (Ids{12, 13, 0}));
}

TEST(Tokenizer, the_longest_added_token_at_the_leftmost_place_wins) {
  const Tokenizer t =
      TinyFile{.added = R"([{"id":12,"content":"<a"},{"id":13,"content":"<a>"}])", .config = "{}"}.load();

  EXPECT_EQ(plain(t, "<a><ab"), (Ids{13, 12, 1}));
}

TEST(Tokenizer, without_an_unknown_token_unknown_characters_vanish) {
  EXPECT_EQ(plain(TinyFile{}.load(), "aZb"), (Ids{9}));
}

// What tokenizers 0.23 gives, too.
TEST(Tokenizer, an_unknown_token_follows_the_bytes_of_known_characters_behind_it) {
  const auto ids = [](const char* fuse, std::string_view text) {
    const std::string model = R"({"type":"BPE","unk_token":"?","byte_fallback":true,)"
                              R"("vocab":{"?":0,"a":1,"<0xC3>":2,"<0xA9>":3},"merges":[],"fuse_unk":)";
    return plain(TinyFile{.added = "[]", .model = model + fuse + "}", .config = "{}"}.load(), text);
  };

  EXPECT_EQ(ids("true", "ZéZa"), (Ids{2, 3, 0, 1}));
  EXPECT_EQ(ids("false", "ZéZa"), (Ids{2, 3, 0, 0, 1}));
}

TEST(Tokenizer, an_added_token_is_normalized_unless_it_is_special_or_says_otherwise) {
  const auto ids = [](const std::string& rest) {
    return plain(TinyFile{.added = R"([{"id":12,"content":"AB")" + rest + "}]",
                          .normalizer = R"({"type":"Lowercase"})",
                          .config = "{}"}
                     .load(),
                 "ab");
  };

  EXPECT_EQ(ids(""), (Ids{12}));
  EXPECT_EQ(ids(R"(,"normalized":false)"), (Ids{9}));
  EXPECT_EQ(ids(R"(,"special":true)"), (Ids{9}));
}

TEST(Tokenizer, invalid_utf8_is_encoded_as_replacement_characters) {
  const Tokenizer t =
      TinyFile{
          .added = "[]", .model = R"({"type":"BPE","vocab":{"a":0,"\ufffd":1},"merges":[]})", .config = "{}"}
          .load();

  EXPECT_EQ(plain(t,
                  "a\xE4\xB8"
                  "a\xFF\xFF"),
            (Ids{0, 1, 0, 1, 1}));
}

TEST(Tokenizer, what_is_not_supported_is_refused_by_name) {
  expect_refused({.normalizer = R"({"type":"Precompiled"})"},
                 "normalizer: the normalizer \"Precompiled\" is not supported");
  expect_refused({.normalizer = R"({"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Nmt"}]})"},
                 "normalizer.normalizers[1]");
  expect_refused({.pre_tokenizer = R"({"type":"UnicodeScripts"})"}, "UnicodeScripts");
  expect_refused({.pre_tokenizer = R"({"type":"Digits","individual_digits":true,"new":1})"},
                 "\"new\" is not supported");
  expect_refused(
      {.pre_tokenizer = R"({"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated","invert":false})"},
      "pattern.Regex");
  expect_refused(
      {.pre_tokenizer = R"({"type":"Split","pattern":{"Regex":"a"},"behavior":"Maybe","invert":false})"},
      "Maybe");
  expect_refused({.post_processor = R"({"type":"Other"})"}, "post_processor");
  expect_refused({.pre_tokenizer = R"({"type":"Metaspace","replacement":"ab","prepend_scheme":"never"})"},
                 "pre_tokenizer.replacement: expected one character, found \"ab\"");
  expect_refused({.decoder = R"({"type":"Metaspace","replacement":""})"},
                 "decoder.replacement: expected one character");
  expect_refused({.decoder = R"({"type":"CTC"})"}, "CTC");
  expect_refused({.model = R"({"type":"Unigram","vocab":[],"merges":[]})"}, "Unigram");
  expect_refused({.model = R"({"type":"WordPiece","vocab":{},"merges":[]})"}, "WordPiece");
}

TEST(Tokenizer, replacements_that_make_gigabytes_of_a_line_are_refused) {
  const auto tenfold = [](const std::string& times) {
    std::string steps;
    for (int i = 0; i < 9; ++i)
      steps += std::string(i == 0 ? "" : ",") +
               R"({"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaa"})";
    return R"({"type":"Sequence",")" + times + R"(":[)" + steps + "]}";
  };
  const auto expect_error = [](const auto& act) {
    try {
      act();
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), HasSubstr("makes more than 4128 bytes of a text of 1"));
      EXPECT_EQ(e.exit_code(), ExitCode::Refused);
    }
  };
  const Tokenizer in = TinyFile{.normalizer = tenfold("normalizers")}.load();
  const Tokenizer out = TinyFile{.decoder = tenfold("decoders")}.load();

  expect_error([&] { plain(in, "a"); });
  expect_error([&] { (void)out.decode(Ids{0}, SkipSpecial::No); });
}

TEST(Tokenizer, contradictions_and_damage_are_refused_by_name) {
  const auto model = [](const char* rest) {
    return TinyFile{.added = "[]", .model = std::string(R"({"type":"BPE",)") + rest + "}"};
  };

  expect_refused(model(R"("vocab":{"a":0,"b":0},"merges":[])"), "same id 0");
  expect_refused(model(R"("vocab":{"a":0,"a":1},"merges":[])"), "\"a\" twice");
  expect_refused(model(R"("vocab":{"a":-1},"merges":[])"), "found -1");
  expect_refused(model(R"("vocab":{"a":4000000000},"merges":[])"), "found 4000000000");
  expect_refused(model(R"("vocab":{"a":"b"},"merges":[])"), "not an integer");
  expect_refused({.post_processor = R"({"type":"RobertaProcessing","cls":["a",0],"sep":["</s>",99]})"},
                 "post_processor: the id 99 stands beside each text");
  expect_refused(model(R"("vocab":{"a":0,"b":1},"merges":["a b"])"), "needs the token \"ab\"");
  expect_refused(model(R"("vocab":{"a":0},"merges":["a"])"), "merges[0]");
  expect_refused(model(R"("vocab":{"a":0},"merges":["a b c"])"), "one space");
  expect_refused(model(R"("vocab":{"a":0},"unk_token":"?","merges":[])"), "unk_token");
  expect_refused(model(R"("vocab":{"a":0},"dropout":0.1,"merges":[])"), "dropout");
  expect_refused(
      {.added = R"([{"id":12,"content":"<s>"},{"id":12,"content":"<s>","lstrip":true}])", .config = "{}"},
      "added twice in different ways");
  expect_refused({.added = R"([{"id":99,"content":"<s>"}])", .config = "{}"}, "next free one is 12");
  expect_refused({.added = R"([{"id":12,"content":")" + std::string(1025, 'a') + "\"}]", .config = "{}"},
                 "added_tokens[0]: expected a token of at most 1024 bytes, found 1025");
  expect_refused({.model = "{"}, "not valid JSON");
}

TEST(Tokenizer, several_threads_encode_with_one_tokenizer) {
  const Tokenizer t =
      TinyFile{.pre_tokenizer =
                   R"({"type":"Split","pattern":{"Regex":"c?d"},"behavior":"Isolated","invert":false})"}
          .load();
  const Ids expected = plain(t, "abcdabcd");
  std::vector<int> wrong(4, 0);

  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < wrong.size(); ++i)
      threads.emplace_back([&, i] {
        for (int k = 0; k < 500; ++k) wrong[i] += plain(t, "abcdabcd") != expected;
      });
  }

  EXPECT_THAT(wrong, testing::Each(0));
}

TEST(Tokenizer, hard_texts_have_the_ids_of_the_reference) {
  FS_NEEDS_SHARED_ASSETS();
  const auto assets = fullshard::test::shared_assets();
  const std::pair<const char*, const char*> cases[] = {{"qwen3", "tokenizers/qwen3"},
                                                       {"mistral-7b-v0.1", "tokenizers/mistral-7b-v0.1"},
                                                       {"tinystories-656k", "models/tinystories-656k"}};
  for (const auto& [name, directory] : cases) {
    const Tokenizer t = Tokenizer::load(assets / directory);
    const auto rows =
        boost::json::parse(read_file(assets / "oracles/tokenizer" / (std::string(name) + ".json")));
    for (const auto& row : rows.as_array()) {
      const std::string text(row.at("text").as_string());
      ASSERT_EQ(plain(t, text), ids_in(row.at("ids"))) << name << ": " << text;
      ASSERT_EQ(t.encode(text, SpecialTokens::Add), ids_in(row.at("ids_with_special")))
          << name << ": " << text;
    }
  }
}

TEST(Tokenizer, conversations_have_the_ids_of_the_reference) {
  FS_NEEDS_SHARED_ASSETS();
  const auto assets = fullshard::test::shared_assets();
  const Tokenizer t = Tokenizer::load(assets / "tokenizers/minimind-6400");
  const auto rows = boost::json::parse(read_file(assets / "oracles/chat/minimind-6400.json"));

  for (const auto& row : rows.as_array())
    ASSERT_EQ(plain(t, std::string(row.at("text").as_string())), ids_in(row.at("ids")));
}

TEST(Tokenizer, a_word_of_a_hundred_thousand_letters_is_encoded_at_once) {
  FS_NEEDS_SHARED_ASSETS();
  for (const char* directory : {"tokenizers/qwen3", "tokenizers/mistral-7b-v0.1"}) {
    const Tokenizer t = Tokenizer::load(fullshard::test::shared_assets() / directory);
    std::string word(100'000, 'x');
    for (size_t i = 0; i < word.size(); ++i) word[i] = static_cast<char>('a' + i * i % 26);
    const Stopwatch watch;

    const Ids ids = plain(t, word);

    EXPECT_LT(watch.seconds(), 5) << directory;  // merging in quadratic time takes minutes
    EXPECT_THAT(t.decode(ids, SkipSpecial::No), testing::EndsWith(word.substr(1)));
  }
}

}  // namespace fullshard::tokenize
