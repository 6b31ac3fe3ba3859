#include "fullshard/prepare/example.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

#include "fullshard/jinja/member.hpp"
#include "fullshard/jinja/template.hpp"
#include "fullshard/prepare/pieces.hpp"
#include "fullshard/prepare/registry.hpp"
#include "prepare/files.hpp"
#include "support/shared_assets.hpp"

namespace fullshard::prepare {
namespace {

using chat::Learn;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Property;
using testing::Throws;

// In which way a row is read.
struct How {
  RowFormat format;
  Stage stage = Stage::Finetune;
  Layout layout = Layout::JsonLines;
};

class ExampleTest : public testing::Test {
 protected:
  Example read(std::string_view row, const How& how = {}) {
    return read_row(row, how.layout, how.format, how.stage, heap_);
  }
  chat::Conversation conversation(std::string_view row, const How& how = {}) {
    return std::get<chat::Conversation>(read(row, how));
  }
  // Messages, and tools if there are any, as JSON.
  std::string shown(const chat::Conversation& c) {
    static const auto both =
        jinja::Template::parse("{{ messages | tojson }}{% if v.tools %} {{ v.tools | tojson }}{% endif %}");
    const std::array context{jinja::DictEntry{jinja::Value::string("messages"), c.messages},
                             jinja::DictEntry{jinja::Value::string("v"), c.variables}};
    return both.render(heap_.dict(context)).text;
  }
  std::string shown(std::string_view row, const How& how = {}) { return shown(conversation(row, how)); }
  void refuses(std::string_view row, RowFault fault, const char* words, const How& how = {}) {
    EXPECT_THAT([&] { read(row, how); }, Throws<RowError>(AllOf(testing::Field(&RowError::fault, fault),
                                                                Property(&RowError::what, HasSubstr(words)))))
        << row;
  }
  jinja::Heap heap_;
};

How sharegpt() {
  return {{.formatting = Formatting::Sharegpt,
           .columns = {.messages = "conversations", .system = "system", .tools = "tools"}}};
}
How openai() {
  return {{.formatting = Formatting::OpenAi,
           .columns = {.messages = "messages", .tools = "tools"},
           .tags = openai_tags()}};
}
How alpaca() {
  return {{.formatting = Formatting::Alpaca,
           .columns = {.prompt = "instruction", .query = "input", .response = "output"}}};
}

TEST_F(ExampleTest, alpaca_is_a_question_and_an_answer) {
  EXPECT_EQ(shown(R"({"instruction": "Add.", "input": "1 2", "output": "3"})", alpaca()),
            R"([{"role": "user", "content": "Add.\n1 2"}, {"role": "assistant", "content": "3"}])");
  EXPECT_EQ(shown(R"({"instruction": "Add.", "input": "", "output": "3"})", alpaca()),
            R"([{"role": "user", "content": "Add."}, {"role": "assistant", "content": "3"}])");
  EXPECT_EQ(shown(R"({"instruction": null, "input": "x", "output": ""})", alpaca()),
            R"([{"role": "user", "content": "x"}, {"role": "assistant", "content": ""}])");
}

TEST_F(ExampleTest, alpaca_with_history_system_and_tools_where_columns_name_them) {
  const std::string row = R"({"instruction": "c", "output": "d", "system": "s", "history": [["a", "b"]],
      "tools": "[{\"name\": \"f\"}]"})";
  How all = alpaca();
  all.format.columns.history = "history";
  all.format.columns.system = "system";
  all.format.columns.tools = "tools";

  EXPECT_EQ(
      shown(row, all),
      R"([{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, )"
      R"({"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}] )"
      R"([{"type": "function", "function": {"name": "f"}}])");
  EXPECT_EQ(shown(row, alpaca()),
            R"([{"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}])");
  EXPECT_EQ(shown(row), shown(row, all)) << "by columns all of them count";
}

TEST_F(ExampleTest, alpaca_in_pretraining_is_its_prompt) {
  const How how{alpaca().format, Stage::Pretrain};

  EXPECT_EQ(std::get<Document>(read(R"({"instruction": "text", "output": "unused"})", how)).text, "text");
}

TEST_F(ExampleTest, alpaca_that_is_none_is_refused) {
  refuses(R"({"output": "a"})", RowFault::Column, "expected the column \"instruction\", found \"output\"",
          alpaca());
  refuses(R"({"instruction": "a"})", RowFault::Column,
          "\"output\", found \"instruction\"; name the right one in columns.response", alpaca());
  refuses(R"({"instruction": 1, "output": "a"})", RowFault::Type,
          "instruction: expected a string, found a number", alpaca());
  refuses(R"({"instruction": "a", "output": ["b"]})", RowFault::Type,
          "output: expected a string, found a list", alpaca());
  refuses(R"({"instruction": "a", "output": "b", "history": [["x"]]})", RowFault::Type, "found a list of 1");
}

TEST_F(ExampleTest, sharegpt_takes_the_roles_of_templates) {
  EXPECT_EQ(
      shown(
          R"({"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "system": "unused"})",
          sharegpt()),
      R"([{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}])");
  EXPECT_EQ(
      shown(
          R"({"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "system": "s"})",
          sharegpt()),
      R"([{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}])");
}

TEST_F(ExampleTest, sharegpt_calls_become_tool_calls_and_observations_tools) {
  EXPECT_EQ(shown(R"({"conversations": [{"from": "human", "value": "q"},
      {"from": "function_call", "value": "{\"name\": \"f\", \"arguments\": {\"x\": 1}}"},
      {"from": "observation", "value": "7"}, {"from": "gpt", "value": "a"}], "tools": "[]"})",
                  sharegpt()),
            R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": )"
            R"([{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}]}, )"
            R"({"role": "tool", "content": "7"}, {"role": "assistant", "content": "a"}])");
}

TEST_F(ExampleTest, sharegpt_calls_may_be_several_and_have_a_thought_before_them) {
  EXPECT_THAT(
      shown(R"({"conversations": [{"from": "human", "value": "q"}, {"from": "function_call",
      "value": "<think>\nHm [x].\n</think>\n[{\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}, {\"name\": \"g\"}]"}]})",
            sharegpt()),
      HasSubstr(
          R"("content": "<think>\nHm [x].\n</think>", "tool_calls": )"
          R"([{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}, {"type": "function", "function": {"name": "g", "arguments": {}}}])"));
}

TEST_F(ExampleTest, sharegpt_in_an_order_in_which_nobody_talks_is_refused) {
  const auto turns = [](std::initializer_list<const char*> roles) {
    std::string row = R"({"conversations": [)";
    for (const char* role : roles)
      row += fmt::format("{}{{\"from\": \"{}\", \"value\": \"x\"}}", row.back() == '[' ? "" : ",", role);
    return row + "]}";
  };

  refuses(turns({"gpt"}), RowFault::Roles,
          "message 1: expected human or observation, found gpt; prompts and answers", sharegpt());
  refuses(turns({"human", "human"}), RowFault::Roles, "message 2: expected gpt or function_call, found human",
          sharegpt());
  refuses(turns({"human", "gpt", "system", "gpt"}), RowFault::Roles, "message 3: expected human", sharegpt());
  refuses(turns({"human", "gpt", "human"}), RowFault::Roles,
          "ends with human; expected gpt or function_call last", sharegpt());
  refuses(turns({"user", "gpt"}), RowFault::Roles, "who speaks under which name is in tags", sharegpt());
  refuses(turns({"observation", "observation", "gpt"}), RowFault::Roles, "message 2: expected gpt",
          sharegpt());
  refuses(turns({"system"}), RowFault::Roles, "without a message to answer", sharegpt());
  refuses(turns({}), RowFault::Roles, "without a message to answer", sharegpt());
  EXPECT_NO_THROW(read(turns({"system", "observation", "gpt"}), sharegpt()));
}

TEST_F(ExampleTest, sharegpt_whose_messages_are_none_is_refused) {
  refuses(R"({"conversations": "x"})", RowFault::Type, "conversations: expected a list, found a string",
          sharegpt());
  refuses(R"({"conversations": ["x"]})", RowFault::Type, "message 1: expected an object, found a string",
          sharegpt());
  refuses(R"({"conversations": [{"from": "human"}]})", RowFault::Column,
          "message 1: expected \"value\", found \"from\"", sharegpt());
  refuses(R"({"conversations": [{"from": "human", "value": 1}]})", RowFault::Type,
          "message 1: expected a string, found a number", sharegpt());
  refuses(R"({"conversations": [{"from": "human", "value": "q"}, {"from": "function_call", "value": "call f"
}]
})",
          RowFault::NotJson, "message 2: JSON, byte 0", sharegpt());
  refuses(
      R"({"conversations": [{"from": "human", "value": "q"}, {"from": "function_call", "value": "[1]"}]})",
      RowFault::Type, "message 2: expected calls with a name", sharegpt());
  refuses(
      R"({"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "tools": "none"})",
      RowFault::NotJson, "tools: JSON, byte 0", sharegpt());
}

TEST_F(ExampleTest, openai_messages_stay_as_they_are_but_for_calls_parts_and_weights) {
  EXPECT_EQ(
      shown(
          R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "name": "ann", "content": [{"type": "text", "text": "q"}, {"type": "text", "value": "?"}]},
      {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}}], "weight": 0},
      {"role": "tool", "tool_call_id": "1", "content": "7"}, {"role": "tool", "content": "8"},
      {"role": "assistant", "reasoning_content": "r", "content": "a"}], "tools": [{"type": "function", "function": {"name": "f"}}]})"),
      R"([{"role": "system", "content": "s"}, {"role": "user", "content": "q?", "name": "ann"}, )"
      R"({"role": "assistant", "content": "", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}}]}, )"
      R"({"role": "tool", "content": "7", "tool_call_id": "1"}, {"role": "tool", "content": "8"}, )"
      R"({"role": "assistant", "content": "a", "reasoning_content": "r"}] [{"type": "function", "function": {"name": "f"}}])");
}

TEST_F(ExampleTest, openai_weights_say_what_is_learned) {
  const auto c = conversation(
      R"({"messages": [{"role": "user", "content": "q", "loss_weight": 0.0}, {"role": "assistant", "content": "a", "weight": 1},
      {"role": "user", "content": "q"}, {"role": "assistant", "content": "b", "train": false}]})");

  EXPECT_THAT(c.learn, ElementsAre(Learn::No, Learn::Yes, Learn::ByRole, Learn::No));
  EXPECT_THAT(
      [&] {
        read(
            R"({"messages": [{"role": "user", "content": "q", "weight": 0.5}, {"role": "assistant", "content": "a"}]})");
      },
      testing::ThrowsMessage<Error>(HasSubstr("weight: expected 0 or 1")));
}

TEST_F(ExampleTest, openai_of_older_and_other_dialects) {
  EXPECT_EQ(
      shown(R"({"messages": [{"role": "developer", "content": "s"}, {"role": "user", "content": "q"},
      {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}}, {"role": "function", "name": "f", "content": "7"},
      {"role": "assistant", "content": [{"type": "reasoning", "value": "r"}, {"type": "tool_call", "value": "{\"name\": \"g\", \"arguments\": {}}"}]}]})",
            openai()),
      R"([{"role": "developer", "content": "s"}, {"role": "user", "content": "q"}, )"
      R"({"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {}}}]}, )"
      R"({"role": "tool", "content": "7", "name": "f"}, {"role": "assistant", "content": "", "reasoning_content": "r", )"
      R"("tool_calls": [{"type": "function", "function": {"name": "g", "arguments": {}}}]}])");
}

TEST_F(ExampleTest, openai_that_is_none_is_refused) {
  refuses(R"({"messages": [{"role": "user", "content": "q"}]})", RowFault::Roles,
          "ends with user; expected assistant or function_call last", openai());
  refuses(R"({"messages": [{"role": "user", "content": "q"}, {"role": "user", "content": "q"}]})",
          RowFault::Roles, "message 2: expected assistant", openai());
  refuses(R"({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]})", RowFault::Type,
          "found image_url; only text is trained on", openai());
  refuses(R"({"messages": [{"role": "user", "content": "q"}, {"role": "assistant"}]})", RowFault::Column,
          "message 2: expected \"content\" or tool_calls", openai());
  refuses(R"({"messages": [{"role": "user", "content": 5}]})", RowFault::Type,
          "message 1: expected a string, found a number", openai());
}

TEST_F(ExampleTest, pairs_are_texts_or_conversations_of_which_the_response_is_learned) {
  const Example texts =
      read(R"({"question": "q", "answer": "a"})",
           {{.formatting = Formatting::Pairs, .columns = {.prompt = "question", .response = "answer"}}});
  const auto turns = conversation(
      R"({"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]})");

  EXPECT_EQ(std::get<Pair>(texts).prompt, "q");
  EXPECT_EQ(std::get<Pair>(texts).response, "a");
  EXPECT_EQ(shown(turns), R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}])");
  EXPECT_THAT(turns.learn, ElementsAre(Learn::No, Learn::ByRole));
  refuses(R"({"prompt": "q", "response": ""})", RowFault::NoResponse, "the column \"response\" is empty");
  refuses(R"({"prompt": [], "response": []})", RowFault::NoResponse, "the column \"response\" is empty");
  refuses(R"({"prompt": "q"})", RowFault::Column, "expected the column \"response\", found \"prompt\"");
}

TEST_F(ExampleTest, documents_are_a_column_or_a_whole_file) {
  const How pretrain{{}, Stage::Pretrain};

  EXPECT_EQ(std::get<Document>(read(R"({"text": "t\n", "messages": []})", pretrain)).text, "t\n");
  EXPECT_EQ(std::get<Document>(read("{not JSON", {{}, Stage::Pretrain, Layout::Text})).text, "{not JSON");
  EXPECT_EQ(std::get<Document>(
                read(R"({"body": "t"})",
                     {{.formatting = Formatting::Pairs, .columns = {.text = "body"}}, Stage::Pretrain}))
                .text,
            "t");
}

TEST_F(ExampleTest, rows_of_the_other_stage_say_so) {
  refuses(R"({"text": "t"})", RowFault::Stage, "stage sft trains answers");
  refuses(R"({"messages": []})", RowFault::Stage, "stage pt trains documents",
          {openai().format, Stage::Pretrain});
  refuses(R"({"prompt": "q", "response": "a"})", RowFault::Stage, "stage pt trains documents",
          {{}, Stage::Pretrain});
  refuses("a,b\n1,2\n", RowFault::Stage, "pandas.read_csv", {{}, Stage::Finetune, Layout::Text});
}

TEST_F(ExampleTest, ready_made_tokens_keep_what_their_labels_say) {
  const auto tokens = std::get<ReadyTokens>(
      read(R"({"input_ids": [5, 6, 0], "labels": [-100, 6, 0], "attention_mask": [1, 1, 1]})"));
  const auto document = std::get<ReadyTokens>(read(R"({"input_ids": [5, 6]})", {{}, Stage::Pretrain}));

  EXPECT_THAT(tokens.ids, ElementsAre(5, 6, 0));
  EXPECT_THAT(tokens.trained, ElementsAre(false, true, true));
  EXPECT_THAT(document.trained, ElementsAre(true, true));
  refuses(R"({"input_ids": [5, 6]})", RowFault::Column, "expected \"labels\" beside the ready-made tokens");
  refuses(R"({"input_ids": [5], "labels": [5, 6]})", RowFault::Tokens, "found 2 and 1");
  refuses(R"({"input_ids": [-1], "labels": [-100]})", RowFault::Tokens, "input_ids: element 0 is no token");
  refuses(R"({"input_ids": [2147483648], "labels": [-100]})", RowFault::Tokens,
          "input_ids: element 0 is no token");
  refuses(R"({"input_ids": [1.0], "labels": [-100]})", RowFault::Tokens, "input_ids: element 0 is no token");
  refuses(R"({"input_ids": [5, 6], "labels": [6, -100]})", RowFault::Tokens,
          "labels: element 0: expected -100 or its token 5; labels are not shifted");
  refuses(R"({"input_ids": [5], "labels": [5], "attention_mask": [0]})", RowFault::Tokens,
          "leave padding out");
  refuses(R"({"input_ids": "5"})", RowFault::Type, "input_ids: expected a list");
}

TEST_F(ExampleTest, what_is_no_row_is_refused_with_the_byte) {
  refuses("{\"text\": ", RowFault::NotJson,
          "found the end; a line is a whole object: put objects over several lines into a JSON array");
  refuses("{\"text\": 1} x", RowFault::NotJson, "JSON, byte 12: expected the end of the text");
  refuses("[1]", RowFault::NotJson, "expected an object with named columns, found a list");
  refuses(std::string("{\"a\": 1}\0", 9), RowFault::NotJson, "byte 8");
  refuses("{\"text\": \"\xE9\"}", RowFault::NotUtf8, "byte 10 is not UTF-8 (0xe9)");
  refuses(std::string("a\0b", 3), RowFault::NotUtf8, "byte 1 is NUL", {{}, Stage::Pretrain, Layout::Text});
  refuses(R"({"a": 1, "b": 2})", RowFault::Column, "found \"a\", \"b\"; name yours in columns");
  refuses(std::string(200, '['), RowFault::NotJson, "more than 100 levels");
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
        const Example example = read_row(piece->text(row), kind.layout, source.format, Stage::Finetune, heap);
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
