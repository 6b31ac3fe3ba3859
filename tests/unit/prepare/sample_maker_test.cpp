#include "fullshard/prepare/sample_maker.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fullshard/data/token_word.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard::prepare {
namespace {

using data::Fault;
using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<int32_t>;

// Tokens of the tiny vocabulary: a to h are 0 to 7, ' ' 8, ab 9, abc 10, cd 11, <s> 12, </s> 13.
const char* const kTemplate =
    "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}</s>"
    "{% endgeneration %}{% else %}<s>{{ m.content }}{% endif %}{% endfor %}";

struct SampleMakerTest : testing::Test {
  fullshard::test::TempDir model;
  tokenize::Tokenizer tokenizer = tokenize::test::TinyFile{}.load();
  chat::ChatTemplate chat_template = [this] {
    write_file_atomically(model / "tokenizer_config.json", "{}");
    return chat::ChatTemplate::from_text(kTemplate, model.path());
  }();
  SampleRules rules{.cutoff_len = 8, .vocab_size = 14};
  jinja::Heap heap;
  std::optional<SampleMaker> maker;

  SampleMaker& make() {
    if (!maker) maker.emplace(rules, &tokenizer, &chat_template);
    return *maker;
  }
  chat::Conversation conversation(const char* messages) {
    return {.messages = jinja::parse_json(messages, heap), .learn = {}, .variables = {}};
  }
  Pair pair(std::string_view prompt, std::string_view response, const char* variables = "{}") {
    chat::Conversation both = conversation(
        fmt::format(R"([{{"role":"user","content":"{}"}},{{"role":"assistant","content":"{}"}}])", prompt,
                    response)
            .c_str());
    both.variables = jinja::parse_json(variables, heap);
    return {prompt, response, both};
  }
  Fault fault_of(const Example& example) {
    try {
      make().add(example, heap);
    } catch (const ExampleError& e) {
      return e.fault;
    }
    ADD_FAILURE() << "taken";
    return Fault::Row;
  }
};

TEST_F(SampleMakerTest, a_prompt_is_masked_and_the_response_and_end_of_text_are_trained) {
  make().add(pair("e", "abc"), heap);
  EXPECT_EQ(make().take_run().words, (Words{~4, 10, 13}));
  EXPECT_EQ(make().take_ledger(),
            (data::Ledger{.documents = 1, .used = 1, .samples = 1, .tokens = 3, .trained = 2, .masked = 1}));
}

TEST_F(SampleMakerTest, pairs_go_through_the_template_where_the_run_names_one) {
  rules.pairs_are_conversations = true;
  make().add(pair("e", "abc"), heap);
  EXPECT_EQ(make().take_run().words, (Words{~12, ~4, 10, 13}));
}

TEST_F(SampleMakerTest, a_pair_brings_variables_for_its_template) {
  rules.pairs_are_conversations = true;
  chat_template = chat::ChatTemplate::from_text(std::string("{{ greeting }}") + kTemplate, model.path());
  make().add(pair("e", "abc", R"({"greeting": "ab"})"), heap);
  EXPECT_EQ(make().take_run().words, (Words{~9, ~12, ~4, 10, 13}));
}

TEST_F(SampleMakerTest, the_prompt_is_trained_when_everything_is) {
  rules.mask.loss = chat::Loss::Everything;
  make().add(pair("e", "abc"), heap);
  EXPECT_EQ(make().take_run().words, (Words{4, 10, 13}));
}

TEST_F(SampleMakerTest, of_a_pair_the_roles_to_train_are_trained) {
  rules.mask.roles = {"user"};
  make().add(pair("ef", "abc"), heap);
  EXPECT_EQ(make().take_run().words, (Words{4, 5, ~10, ~13}));
}

TEST_F(SampleMakerTest, what_only_a_template_can_place_is_refused_without_one) {
  Pair said = pair("e", "abc");
  said.conversation = conversation(R"([{"role":"system"},{"role":"user"},{"role":"assistant"}])");
  EXPECT_EQ(fault_of(said), Fault::Row);
  EXPECT_EQ(fault_of(pair("e", "abc", R"({"tools": [{}]})")), Fault::Row);
}

TEST_F(SampleMakerTest, turns_of_the_assistant_are_trained) {
  make().add(conversation(R"([{"role":"user","content":"e"},{"role":"assistant","content":"ab"}])"), heap);
  EXPECT_EQ(make().take_run().words, (Words{~12, ~4, 9, 13}));
}

TEST_F(SampleMakerTest, messages_of_a_prompt_are_trained_only_where_everything_is) {
  const auto words = [&](chat::Loss loss) {
    rules.mask.loss = loss;
    chat::Conversation pair =
        conversation(R"([{"role":"assistant","content":"e"},{"role":"assistant","content":"ab"}])");
    pair.learn = {chat::Learn::WithEverything, chat::Learn::ByRole};
    make().add(pair, heap);
    return make().take_run().words;
  };
  EXPECT_EQ(words(chat::Loss::Messages), (Words{~4, ~13, 9, 13}));
  EXPECT_EQ(words(chat::Loss::Everything), (Words{4, 13, 9, 13}));
}

TEST_F(SampleMakerTest, documents_are_trained_whole_and_kept_whole_to_be_joined) {
  rules.join_documents = true;
  make().add(Document{"abc abc abc abc abc"}, heap);
  EXPECT_THAT(make().take_run().lengths, ElementsAre(10));
}

TEST_F(SampleMakerTest, isolated_documents_are_cut_and_a_token_that_predicts_nothing_is_counted) {
  rules.cutoff_len = 3;
  make().add(Document{"efgefg"}, heap);  // and </s>
  make().add(Document{"e"}, heap);
  const data::TokenRun run = make().take_run();
  EXPECT_THAT(run.lengths, ElementsAre(3, 3, 2));
  EXPECT_THAT(run.documents, ElementsAre(0, 0, 1));
  const data::Ledger ledger = make().take_ledger();
  EXPECT_EQ(ledger.truncated_tokens, 1);
  EXPECT_EQ(ledger.tokens, 8);
  EXPECT_TRUE(ledger.balances());
}

TEST_F(SampleMakerTest, ready_tokens_of_pretraining_are_documents) {
  rules.stage = config::Stage::Pretrain;
  rules.cutoff_len = 2;
  rules.too_long = config::TooLong::Error;
  const ReadyTokens row{{1, 2, 3, 4, 5, 6, 7}, {1, 2, -100, -100, -100, 6, 7}};
  make().add(row, heap);
  const data::TokenRun pieces = make().take_run();
  EXPECT_EQ(pieces.words, (Words{1, 2, ~5, 6}));
  EXPECT_EQ(make().take_ledger().truncated_tokens, 3);

  rules.join_documents = true;
  make().add(row, heap);
  EXPECT_EQ(make().take_run().words, (Words{1, 2, ~3, ~4, ~5, 6, 7}));
}

TEST_F(SampleMakerTest, a_row_of_one_ready_token_is_taken_where_rows_are_joined) {
  rules.stage = config::Stage::Pretrain;
  const ReadyTokens row{{9}, {9}};
  EXPECT_EQ(fault_of(row), Fault::NothingTrained);
  rules.join_documents = true;
  make().add(row, heap);
  EXPECT_EQ(make().take_run().words, (Words{9}));
  EXPECT_EQ(fault_of(ReadyTokens{{9}, {-100}}), Fault::NothingTrained);
}

TEST_F(SampleMakerTest, what_a_tokenizer_puts_behind_each_text_ends_it_once) {
  const char* const around = R"({"type":"BertProcessing","cls":["<s>",12],"sep":["</s>",13]})";
  tokenizer = tokenize::test::TinyFile{.post_processor = around}.load();
  make().add(pair("e", "abc"), heap);
  EXPECT_EQ(make().take_run().words, (Words{~12, ~4, 10, 13}));
  make().add(Document{"abc"}, heap);
  EXPECT_EQ(make().take_run().words, (Words{12, 10, 13}));
}

TEST_F(SampleMakerTest, what_is_too_long_is_cut_and_counted) {
  rules.cutoff_len = 4;
  make().add(pair("e", "deded"), heap);
  EXPECT_EQ(make().take_run().words, (Words{~4, 3, 4, 3}));
  const data::Ledger ledger = make().take_ledger();
  EXPECT_EQ(ledger.truncated_samples, 1);
  EXPECT_EQ(ledger.truncated_tokens, 3);
}

TEST_F(SampleMakerTest, what_is_too_long_is_a_fault_when_the_run_says_so) {
  rules.cutoff_len = 4;
  rules.too_long = config::TooLong::Drop;
  EXPECT_EQ(fault_of(pair("e", "deded")), Fault::TooLong);
}

TEST_F(SampleMakerTest, a_cut_never_leaves_a_sample_without_anything_to_train) {
  rules.cutoff_len = 4;
  EXPECT_EQ(fault_of(pair("efgh", "d")), Fault::NothingTrained);
  EXPECT_EQ(fault_of(ReadyTokens{{1, 2, 3, 4, 5}, {-100, -100, -100, -100, 5}}), Fault::NothingTrained);
}

TEST_F(SampleMakerTest, every_fault_has_its_name) {
  EXPECT_EQ(fault_of(ReadyTokens{{1, 2}, {1}}), Fault::Row);
  EXPECT_EQ(fault_of(ReadyTokens{{1, 14}, {1, 14}}), Fault::Token);
  EXPECT_EQ(fault_of(ReadyTokens{{1, 2}, {-100, 3}}), Fault::Token);
  EXPECT_EQ(fault_of(ReadyTokens{{1, 2}, {1, -100}}), Fault::NothingTrained);
  EXPECT_EQ(fault_of(conversation(R"([{"role":"user","content":"e"}])")), Fault::NothingTrained);
  EXPECT_EQ(fault_of(conversation("[]")), Fault::Row);
}

TEST_F(SampleMakerTest, nothing_stays_of_a_document_that_failed) {
  make().add(ReadyTokens{{1, 2}, {1, 2}}, heap);
  EXPECT_EQ(fault_of(ReadyTokens{{1, 2}, {1, -100}}), Fault::NothingTrained);
  make().drop(Fault::NothingTrained);
  make().add(ReadyTokens{{3, 4}, {3, 4}}, heap);

  const data::TokenRun run = make().take_run();
  EXPECT_EQ(run.words, (Words{1, 2, 3, 4}));
  EXPECT_THAT(run.documents, ElementsAre(0, 2));
  const data::Ledger ledger = make().take_ledger();
  EXPECT_EQ(ledger.documents, 3);
  EXPECT_EQ(ledger.used, 2);
  EXPECT_TRUE(ledger.balances());
}

TEST_F(SampleMakerTest, what_the_model_lacks_is_named) {
  SampleMaker bare(rules, nullptr, nullptr);
  try {
    bare.add(Document{"a"}, heap);
    ADD_FAILURE();
  } catch (const ExampleError& e) {
    EXPECT_THAT(e.what(), HasSubstr("add tokenizer.json"));
  }
  SampleMaker without_template(rules, &tokenizer, nullptr);
  EXPECT_THROW(without_template.add(conversation(R"([{"role":"user","content":"e"}])"), heap), ExampleError);
}

}  // namespace
}  // namespace fullshard::prepare
