#include <fmt/format.h>

#include "prepare/row_test.hpp"

namespace fullshard::prepare {
namespace {

using namespace test;

class ConversationRowTest : public RowTest {};

TEST_F(ConversationRowTest, alpaca_is_a_question_and_an_answer) {
  EXPECT_EQ(shown(R"({"instruction": "Add.", "input": "1 2", "output": "3"})", alpaca()),
            R"([{"role": "user", "content": "Add.\n1 2"}, {"role": "assistant", "content": "3"}])");
  EXPECT_EQ(shown(R"({"instruction": "Add.", "input": "", "output": "3"})", alpaca()),
            R"([{"role": "user", "content": "Add."}, {"role": "assistant", "content": "3"}])");
  EXPECT_EQ(shown(R"({"instruction": null, "input": "x", "output": ""})", alpaca()),
            R"([{"role": "user", "content": "x"}, {"role": "assistant", "content": ""}])");
}

TEST_F(ConversationRowTest, alpaca_with_history_system_and_tools_where_columns_name_them) {
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

TEST_F(ConversationRowTest, alpaca_in_pretraining_is_its_prompt) {
  const How how{alpaca().format, Stage::Pretrain};

  EXPECT_EQ(std::get<Document>(read(R"({"instruction": "text", "output": "unused"})", how)).text, "text");
}

TEST_F(ConversationRowTest, alpaca_that_is_none_is_refused) {
  refuses(R"({"output": "a"})", Fault::Row, "expected the column \"instruction\", found \"output\"",
          alpaca());
  refuses(R"({"instruction": "a"})", Fault::Row,
          "\"output\", found \"instruction\"; name the right one in columns.response", alpaca());
  refuses(R"({"instruction": 1, "output": "a"})", Fault::Row,
          "instruction: expected a string, found a number", alpaca());
  refuses(R"({"instruction": "a", "output": ["b"]})", Fault::Row, "output: expected a string, found a list",
          alpaca());
  refuses(R"({"instruction": "a", "output": "b", "history": [["x"]]})", Fault::Row, "found a list of 1");
}

TEST_F(ConversationRowTest, sharegpt_takes_the_roles_of_templates) {
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

TEST_F(ConversationRowTest, sharegpt_calls_become_tool_calls_and_observations_tools) {
  EXPECT_EQ(shown(R"({"conversations": [{"from": "human", "value": "q"},
      {"from": "function_call", "value": "{\"name\": \"f\", \"arguments\": {\"x\": 1}}"},
      {"from": "observation", "value": "7"}, {"from": "gpt", "value": "a"}], "tools": "[]"})",
                  sharegpt()),
            R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": )"
            R"([{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}]}, )"
            R"({"role": "tool", "content": "7"}, {"role": "assistant", "content": "a"}])");
}

TEST_F(ConversationRowTest, sharegpt_calls_may_be_several_and_have_a_thought_before_them) {
  EXPECT_THAT(
      shown(R"({"conversations": [{"from": "human", "value": "q"}, {"from": "function_call",
      "value": "<think>\nHm [x].\n</think>\n[{\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}, {\"name\": \"g\"}]"}]})",
            sharegpt()),
      HasSubstr(
          R"("content": "<think>\nHm [x].\n</think>", "tool_calls": )"
          R"([{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}, {"type": "function", "function": {"name": "g", "arguments": {}}}])"));
}

TEST_F(ConversationRowTest, sharegpt_with_calls_beside_the_words_is_refused) {
  const auto turns = [](const char* calls) {
    return fmt::format(
        R"({{"conversations": [{{"from": "human", "value": "q"}}, {{"from": "gpt", "value": "", "tool_calls": {}}}]}})",
        calls);
  };
  refuses(turns(R"([{"name": "f"}])"), Fault::Row,
          "message 2: has \"tool_calls\", which formatting: openai reads", sharegpt());
  EXPECT_THAT(shown(turns("[]"), sharegpt()), HasSubstr(R"("role": "user", "content": "q")"));
  EXPECT_THAT(shown(turns("null"), sharegpt()), HasSubstr(R"("role": "user", "content": "q")"));
}

TEST_F(ConversationRowTest, sharegpt_in_an_order_in_which_nobody_talks_is_refused) {
  const auto turns = [](std::initializer_list<const char*> roles) {
    std::string row = R"({"conversations": [)";
    for (const char* role : roles)
      row += fmt::format("{}{{\"from\": \"{}\", \"value\": \"x\"}}", row.back() == '[' ? "" : ",", role);
    return row + "]}";
  };

  refuses(turns({"gpt"}), Fault::Roles,
          "message 1: expected human or observation, found \"gpt\"; prompts and answers", sharegpt());
  refuses(turns({"human", "human"}), Fault::Roles,
          "message 2: expected gpt or function_call, found \"human\"", sharegpt());
  refuses(turns({"human", "gpt", "system", "gpt"}), Fault::Roles, "message 3: expected human", sharegpt());
  refuses(turns({"human", "gpt", "human"}), Fault::Roles,
          "ends with \"human\"; expected gpt or function_call last", sharegpt());
  refuses(turns({"user", "gpt"}), Fault::Roles, "who speaks under which name is in tags", sharegpt());
  refuses(turns({"observation", "observation", "gpt"}), Fault::Roles, "message 2: expected gpt", sharegpt());
  refuses(turns({"system"}), Fault::Roles, "without a message to answer", sharegpt());
  refuses(turns({}), Fault::Roles, "without a message to answer", sharegpt());
  EXPECT_NO_THROW(read(turns({"system", "observation", "gpt"}), sharegpt()));

  How nobody = sharegpt();
  nobody.format.tags.assistant = nobody.format.tags.function = "";
  refuses(turns({"human", "gpt"}), Fault::Roles,
          "expected a role that tags has as assistant_tag, found \"gpt\"", nobody);
}

TEST_F(ConversationRowTest, sharegpt_whose_messages_are_none_is_refused) {
  refuses(R"({"conversations": "x"})", Fault::Row, "conversations: expected a list, found a string",
          sharegpt());
  refuses(R"({"conversations": ["x"]})", Fault::Row, "message 1: expected an object, found a string",
          sharegpt());
  refuses(R"({"conversations": [{"from": "human"}]})", Fault::Row,
          "message 1: expected \"value\", found \"from\"; other names stand in tags", sharegpt());
  refuses(R"({"conversations": [{"from": "human", "value": 1}]})", Fault::Row,
          "message 1: expected a string, found a number", sharegpt());
  refuses(R"({"conversations": [{"from": "human", "value": "q"}, {"from": "function_call", "value": "call f"
}]
})",
          Fault::Row, "message 2: JSON, byte 0", sharegpt());
  refuses(
      R"({"conversations": [{"from": "human", "value": "q"}, {"from": "function_call", "value": "[1]"}]})",
      Fault::Row, "message 2: expected calls with a name", sharegpt());
  refuses(
      R"({"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "tools": "none"})",
      Fault::Row, "tools: JSON, byte 0", sharegpt());
}

TEST_F(ConversationRowTest, openai_messages_stay_as_they_are_but_for_calls_parts_and_weights) {
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

TEST_F(ConversationRowTest, openai_weights_say_what_is_learned) {
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

TEST_F(ConversationRowTest, openai_of_older_and_other_dialects) {
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

TEST_F(ConversationRowTest, a_developer_stands_for_the_system_of_a_column) {
  EXPECT_EQ(shown(R"({"system": "column", "messages": [{"role": "developer", "content": "s"},
                      {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]})"),
            R"([{"role": "developer", "content": "s"}, {"role": "user", "content": "q"}, )"
            R"({"role": "assistant", "content": "a"}])");
}

TEST_F(ConversationRowTest, a_row_has_variables_for_its_template) {
  const std::string messages =
      R"({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], )";
  const auto given =
      conversation(messages + R"("chat_template_kwargs": {"enable_thinking": false}})", openai());

  EXPECT_EQ(jinja::member(given.variables, "enable_thinking")->truth(), false);
  refuses(messages + R"("chat_template_kwargs": []})", Fault::Row, "chat_template_kwargs: expected an object",
          openai());
  refuses(messages + R"("chat_template_kwargs": {"add_generation_prompt": true}})", Fault::Row,
          "add_generation_prompt is given for every text", openai());
}

TEST_F(ConversationRowTest, openai_that_is_none_is_refused) {
  refuses(R"({"messages": [{"role": "user", "content": "q"}]})", Fault::Roles,
          "ends with \"user\"; expected assistant or function_call last", openai());
  refuses(R"({"messages": [{"role": "user", "content": "q"}, {"role": "user", "content": "q"}]})",
          Fault::Roles, "message 2: expected assistant", openai());
  refuses(R"({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]})", Fault::Row,
          "found \"image_url\"; only text is trained on", openai());
  refuses(R"({"messages": [{"role": "user", "content": "q"}, {"role": "assistant"}]})", Fault::Row,
          "message 2: expected \"content\" or tool_calls", openai());
  refuses(R"({"messages": [{"role": "user", "content": 5}]})", Fault::Row,
          "message 1: expected a string, found a number", openai());
}

}  // namespace
}  // namespace fullshard::prepare
