#include "fullshard/prepare/example.hpp"

#include <fmt/format.h>

#include <map>

#include "fullshard/jinja/member.hpp"
#include "fullshard/prepare/pieces.hpp"
#include "fullshard/prepare/registry.hpp"
#include "prepare/row_test.hpp"
#include "support/shared_assets.hpp"

namespace fullshard::prepare {
namespace {

using namespace test;

class ExampleTest : public RowTest {};

TEST_F(ExampleTest, pairs_are_texts_or_conversations_of_which_the_response_is_learned) {
  const Example texts =
      read(R"({"question": "q", "answer": "a"})",
           {{.formatting = Formatting::Pairs, .columns = {.prompt = "question", .response = "answer"}}});
  const auto turns = conversation(
      R"({"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]})");

  EXPECT_EQ(std::get<Pair>(texts).prompt, "q");
  EXPECT_EQ(std::get<Pair>(texts).response, "a");
  EXPECT_EQ(shown(turns), R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}])");
  EXPECT_THAT(turns.learn, ElementsAre(Learn::WithEverything, Learn::ByRole));
  refuses(R"({"prompt": "q", "response": ""})", Fault::NothingTrained, "the column \"response\" is empty");
  refuses(R"({"prompt": [], "response": []})", Fault::NothingTrained, "the column \"response\" is empty");
  refuses(R"({"prompt": []})", Fault::Row, "expected the column \"response\", found \"prompt\"");
  refuses(R"({"prompt": [], "response": null})", Fault::Row, "the column \"response\" is null");
  refuses(R"({"prompt": "q"})", Fault::Row, "expected the column \"response\", found \"prompt\"");
  refuses(R"({"prompt": "q", "response": null})", Fault::Row, "the column \"response\" is null");
  refuses(R"({"prompt": "q", "chosen": "a", "rejected": "b"})", Fault::Row, "are preferences");
}

TEST_F(ExampleTest, a_template_has_the_system_and_the_tools_of_a_pair_whether_of_texts_or_of_lists) {
  const auto texts =
      std::get<Pair>(read(R"({"prompt": "q", "response": "a", "system": "s", "tools": [{"name": "f"}],
      "chat_template_kwargs": {"x": 1}})"))
          .conversation;
  const auto lists = conversation(R"({"prompt": [{"role": "user", "content": "q"}],
      "response": [{"role": "assistant", "content": "a"}], "system": "s", "tools": [{"name": "f"}],
      "chat_template_kwargs": {"x": 1}})");
  EXPECT_EQ(shown(texts), R"([{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, )"
                          R"({"role": "assistant", "content": "a"}] )"
                          R"([{"type": "function", "function": {"name": "f"}}])");
  EXPECT_EQ(shown(lists), shown(texts));
  EXPECT_EQ(jinja::member(texts.variables, "x")->integer(), 1);
}

TEST_F(ExampleTest, lists_of_a_pair_are_read_as_messages_are) {
  const auto turns = conversation(R"({"prompt": [{"role": "user", "content": "q"},
      {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
      {"role": "function", "content": "r"}], "response": [{"role": "assistant", "content": "a"}]})");
  EXPECT_EQ(jinja::member(turns.messages.items()[2], "role")->string(), "tool");
  refuses(
      R"({"prompt": [{"role": "usr", "content": "q"}], "response": [{"role": "assistant", "content": "a"}]})",
      Fault::Roles, "message 1: expected user or tool");
  refuses(R"({"prompt": [{"role": "user", "content": "q"}], "response": [{"role": "user", "content": "a"}]})",
          Fault::Roles, "message 2: expected assistant");
}

TEST_F(ExampleTest, documents_are_a_column_or_a_whole_file) {
  const How pretrain{{}, Stage::Pretrain};

  EXPECT_EQ(std::get<Document>(read(R"({"text": "t\n", "messages": [], "rejected": 1})", pretrain)).text,
            "t\n");
  EXPECT_EQ(std::get<Document>(read("{not JSON", {{}, Stage::Pretrain, Layout::Text})).text, "{not JSON");
  EXPECT_EQ(std::get<Document>(
                read(R"({"body": "t"})",
                     {{.formatting = Formatting::Pairs, .columns = {.text = "body"}}, Stage::Pretrain}))
                .text,
            "t");
}

TEST_F(ExampleTest, a_text_among_conversations_is_a_document) {
  EXPECT_EQ(std::get<Document>(read(R"({"text": "t"})")).text, "t");
  const RowFormat no_response{.formatting = Formatting::Alpaca, .columns = {.prompt = "text"}};
  EXPECT_EQ(std::get<Document>(read(R"({"text": "t"})", {no_response})).text, "t");

  const How named{{.columns = {.text = "body"}}};
  EXPECT_EQ(std::get<Document>(read(R"({"body": "t", "text": "u"})", named)).text, "t");
  EXPECT_EQ(std::get<Pair>(read(R"({"body": "t", "prompt": "q", "response": "a"})", named)).prompt, "q");
  refuses(R"({"text": "u"})", Fault::Row, "expected one of the columns body, messages,", named);
}

TEST_F(ExampleTest, rows_of_the_other_stage_say_so) {
  refuses_for_stage(R"({"messages": []})", "stage pt trains documents", {openai().format, Stage::Pretrain});
  refuses_for_stage(R"({"prompt": "q", "response": "a"})", "stage pt trains documents",
                    {{}, Stage::Pretrain});
  refuses_for_stage("a,b\n1,2\n", "pandas.read_csv", {{}, Stage::Finetune, Layout::Text});
}

TEST_F(ExampleTest, ready_made_tokens_keep_what_their_row_says) {
  const auto tokens = std::get<ReadyTokens>(
      read(R"({"input_ids": [5, 6, 0], "labels": [-100, 6, 0], "attention_mask": [1, 1, 1]})"));
  const auto document = std::get<ReadyTokens>(read(R"({"input_ids": [5, 6]})", {{}, Stage::Pretrain}));

  EXPECT_THAT(tokens.ids, ElementsAre(5, 6, 0));
  EXPECT_THAT(tokens.labels, ElementsAre(-100, 6, 0));
  EXPECT_THAT(document.labels, ElementsAre(5, 6));
  refuses(R"({"input_ids": [5, 6]})", Fault::Row, "expected \"labels\" beside the ready-made tokens");
  refuses(R"({"input_ids": [2147483648], "labels": [-100]})", Fault::Token,
          "input_ids: element 0 is not a 32-bit integer");
  refuses(R"({"input_ids": [1.0], "labels": [-100]})", Fault::Token,
          "input_ids: element 0 is not a 32-bit integer");
  refuses(R"({"input_ids": [5], "labels": [18446744073709551615]})", Fault::Token,
          "labels: element 0 is not a 32-bit integer");
  refuses(R"({"input_ids": [5], "labels": [5], "attention_mask": [18446744073709551617]})", Fault::Token,
          "expected ones only");
  refuses(R"({"input_ids": [5], "labels": [5], "attention_mask": [0]})", Fault::Token, "leave padding out");
  refuses(R"({"input_ids": [5, 6, 7, 8], "labels": [5, 6, 7, 8], "attention_mask": [1]})", Fault::Row,
          "expected as long an attention_mask as input_ids, found 1 and 4");
  refuses(R"({"input_ids": "5"})", Fault::Row, "input_ids: expected a list");
}

TEST_F(ExampleTest, a_number_that_nobody_reads_may_be_of_any_size) {
  const Example text =
      read(R"({"id": 18446744073709551615, "prompt": "q", "response": "a"})",
           {{.formatting = Formatting::Pairs, .columns = {.prompt = "prompt", .response = "response"}}});

  EXPECT_EQ(std::get<Pair>(text).response, "a");
}

TEST_F(ExampleTest, what_is_no_row_is_refused_with_the_byte) {
  refuses("{\"text\": ", Fault::Row,
          "found the end; a line is a whole object: put objects over several lines into a JSON array, or, if "
          "this is the "
          "last line, see whether the file is cut short");
  refuses("{\"text\": 1} x", Fault::Row, "JSON, byte 12: expected the end of the text");
  refuses("[1]", Fault::Row, "expected an object with named columns, found a list");
  refuses(std::string("{\"a\": 1}\0", 9), Fault::Row, "byte 8");
  refuses("{\"text\": \"\xE9\"}", Fault::Row, "byte 10 is not UTF-8 (0xe9)");
  refuses(std::string("a\0b", 3), Fault::Row, "byte 1 is NUL", {{}, Stage::Pretrain, Layout::Text});
  refuses(R"({"a": 1, "b": 2})", Fault::Row, "found \"a\", \"b\"; name yours in columns");
  refuses(std::string(200, '['), Fault::Row, "more than 100 levels");
}

// Roles of all messages of a source, in the order of their first appearance, and how many rows it has.
std::string roles_of(const SourceFiles& source) {
  std::map<std::string, int> roles;
  int rows = 0;
  jinja::Heap heap;
  for (const auto& file : source.files) {
    const FileKind kind = kind_of_file(file);
    PieceReader reader(file, kind);
    while (const auto piece = reader.next())
      for (const Row& row : piece->rows) {
        heap.clear();
        const Example example = example_of(piece->text(row), kind.layout, source.format, heap);
        ++rows;
        if (const auto* c = std::get_if<chat::Conversation>(&example))
          for (const jinja::Value& message : c->messages.items())
            ++roles[std::string(jinja::member(message, "role")->string())];
        if (std::holds_alternative<Pair>(example)) ++roles["pair"];
      }
  }
  std::string out = fmt::format("{} rows", rows);
  for (const auto& [role, count] : roles) out += fmt::format(", {} {}", count, role);
  return out;
}

TEST(RealData, has_the_rows_and_roles_that_others_count) {
  FS_NEEDS_SHARED_ASSETS();
  const auto data = fullshard::test::shared_assets() / "datasets";
  const Registry registry = load_registry(data / "llama-factory");
  const auto by_columns = [&](const char* file) { return roles_of({file, {data / file}, {}, std::nullopt}); };

  EXPECT_EQ(roles_of(registry.source("identity", "dataset")), "91 rows, 91 assistant, 91 user");
  EXPECT_EQ(roles_of(registry.source("glaive_toolcall_en_demo", "dataset")),
            "300 rows, 957 assistant, 211 tool, 746 user");
  EXPECT_EQ(by_columns("fastchat/dummy_conversation.json"), "500 rows, 1000 assistant, 1000 user");
  EXPECT_EQ(by_columns("llama-factory/glaive_toolcall_en_demo.json"),
            "300 rows, 957 assistant, 211 tool, 746 user");
  EXPECT_EQ(by_columns("llama-factory/v1_sft_demo.jsonl"), "500 rows, 500 assistant, 500 user");
  EXPECT_EQ(
      roles_of({"gsm8k",
                {data / "gsm8k/train.jsonl"},
                {.formatting = Formatting::Pairs, .columns = {.prompt = "question", .response = "answer"}},
                std::nullopt}),
      "7473 rows, 7473 pair");
}

}  // namespace
}  // namespace fullshard::prepare
