// The expected texts are those of LLaMA-Factory's formats, written out by hand.
#include "fullshard/chat/builtin_templates.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <regex>

#include "unit/chat/marked.hpp"

namespace fullshard::chat {
namespace {

using test::marked;
using test::named;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTurns =
    R"({"messages":[{"role":"system","content":"S"},{"role":"user","content":"q"},{"role":"assistant","content":"a"},
                    {"role":"user","content":"Q"},{"role":"assistant","content":"A"}]})";

constexpr const char* kCall =
    R"({"tools":[{"type":"function","function":{"name":"f","description":"D","parameters":{"type":"object",
                  "properties":{"x":{"type":"int","description":"an x","enum":["1","2"]},
                                "y":{"type":"array","items":{"type":"string"}}},"required":["x"]}}}],
        "messages":[{"role":"user","content":"q"},
                    {"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":{"x":"1"}}},
                                                                     {"function":{"name":"f","arguments":"{}"}}]},
                    {"role":"tool","content":"r"},{"role":"tool","content":"s"},{"role":"assistant","content":"A"}]})";

const std::string kInWords =
    "You have access to the following tools:\n> Tool Name: f\nTool Description: D\nTool Args:\n"
    "  - x (int, required): an x, should be one of [1, 2]\n  - y (array): , where each item should be "
    "string\n\n"
    "Use the following format if using a tool:\n```\nAction: tool name (one of [f])\nAction Input: the input "
    "to the "
    "tool, in a JSON format representing the kwargs (e.g. ```{\"input\": \"hello world\", \"num_beams\": "
    "5}```)\n```\n";
const std::string kActions = "Action: f\nAction Input: {\"x\": \"1\"}\nAction: f\nAction Input: {}";
const std::string kSchema =
    R"({"type": "function", "function": {"name": "f", "description": "D", "parameters": {"type": "object", "properties": )"
    R"({"x": {"type": "int", "description": "an x", "enum": ["1", "2"]}, "y": {"type": "array", "items": {"type": "string"}}}, )"
    R"("required": ["x"]}}})";

TEST(BuiltinTemplates, alpaca) {
  EXPECT_THAT(marked(named("alpaca"), kTurns),
              ElementsAre("S### Instruction:\nq\n\n### Response:\n«a</s>\n\n»"
                          "### Instruction:\nQ\n\n### Response:\n«A</s>\n\n»"));
  EXPECT_THAT(
      marked(named("alpaca"), R"({"messages":[{"role":"user","content":"q"}],"add_generation_prompt":true})"),
      ElementsAre("Below is an instruction that describes a task. Write a response that appropriately "
                  "completes the request.\n\n### Instruction:\nq\n\n### Response:\n"));
}

TEST(BuiltinTemplates, chatml) {
  EXPECT_THAT(
      marked(named("chatml"), kTurns),
      ElementsAre("<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"
                  "«a<|im_end|>\n»<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n«A<|im_end|>\n»"));
  EXPECT_THAT(marked(named("chatml"), kCall),
              ElementsAre("<|im_start|>system\n" + kInWords +
                          "<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n«" + kActions +
                          "<|im_end|>\n»<|im_start|>tool\nr<|im_end|>\n<|im_start|>tool\ns<|im_end|>\n"
                          "<|im_start|>assistant\n«A<|im_end|>\n»"));
}

TEST(BuiltinTemplates, default_) {
  EXPECT_THAT(
      marked(named("default"), kTurns),
      ElementsAre("System: S</s>\nHuman: q</s>\nAssistant:«a</s>\n»Human: Q</s>\nAssistant:«A</s>\n»"));
  EXPECT_THAT(marked(named("default"),
                     R"({"messages":[{"role":"user","content":"q"}],"add_generation_prompt":true})"),
              ElementsAre("Human: q</s>\nAssistant:"));
}

TEST(BuiltinTemplates, llama3) {
  const std::string head = "<s><|start_header_id|>system<|end_header_id|>\n\n";
  EXPECT_THAT(marked(named("llama3"), kTurns),
              ElementsAre(head + "S<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nq<|eot_id|>"
                                 "<|start_header_id|>assistant<|end_header_id|>\n\n«a<|eot_id|>»"
                                 "<|start_header_id|>user<|end_header_id|>\n\nQ<|eot_id|>"
                                 "<|start_header_id|>assistant<|end_header_id|>\n\n«A<|eot_id|>»"));
  const std::string with_tools = marked(named("llama3"), kCall).at(0);
  EXPECT_THAT(
      with_tools,
      HasSubstr(head +
                "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nYou have access to the "
                "following functions. To call a function, please respond with JSON for a function call. "
                "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument "
                "name and its value}. Do not use variables.\n\n{\n    \"type\": \"function\",\n"));
  EXPECT_THAT(with_tools, HasSubstr("\n}\n\n<|eot_id|>"));
  EXPECT_THAT(
      with_tools,
      HasSubstr(R"(«[{"name": "f", "parameters": {"x": "1"}}, {"name": "f", "parameters": {}}]<|eot_id|>»)"
                "<|start_header_id|>ipython<|end_header_id|>\n\nr<|eot_id|>"));
}

TEST(BuiltinTemplates, mistral) {
  EXPECT_THAT(marked(named("mistral"), kTurns),
              ElementsAre("<s>[INST] S\n\nq[/INST]« a</s>»[INST] Q[/INST]« A</s>»"));
  EXPECT_THAT(
      marked(named("mistral"), kCall),
      ElementsAre(
          "<s>[INST] [AVAILABLE_TOOLS] [" + kSchema +
          "][/AVAILABLE_TOOLS]\n\nq[/INST]«[TOOL_CALLS] "
          R"([{"name": "f", "arguments": {"x": "1"}}, {"name": "f", "arguments": {}}]</s>»)"
          R"([TOOL_RESULTS] {"content": r}[/TOOL_RESULTS][TOOL_RESULTS] {"content": s}[/TOOL_RESULTS])"
          "« A</s>»"));
}

TEST(BuiltinTemplates, mistral_takes_turns) {
  const auto order = [](std::string_view first, std::string_view second) {
    return test::fault(named("mistral"),
                       fmt::format(R"({{"messages":[{{"role":"{}"}},{{"role":"{}"}}]}})", first, second));
  };

  EXPECT_THAT(order("user", "user"), HasSubstr("this message of user comes after one of user"));
  EXPECT_THAT(order("assistant", "user"), HasSubstr("this message of assistant comes after one of nobody"));
  EXPECT_THAT(order("user", "tool"), HasSubstr("this message of tool comes after one of user"));
  EXPECT_THAT(order("user", "assistant"), HasSubstr("no fault"));
}

TEST(BuiltinTemplates, qwen) {
  EXPECT_THAT(
      marked(named("qwen"), R"({"messages":[{"role":"user","content":"q"}],"add_generation_prompt":true})"),
      ElementsAre("<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful "
                  "assistant.<|im_end|>\n"
                  "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"));
  EXPECT_THAT(
      marked(named("qwen"), kCall),
      ElementsAre(
          "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.\n\n# "
          "Tools\n\nYou "
          "may call one or more functions to assist with the user query.\n\nYou are provided with function "
          "signatures "
          "within <tools></tools> XML tags:\n<tools>\n" +
          kSchema +
          "\n</tools>\n\nFor each function call, return a json object with function name and arguments "
          "within "
          "<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": "
          "<args-json-object>}\n</"
          "tool_call><|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"
          "«<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": \"1\"}}\n</tool_call>\n"
          "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call><|im_end|>\n»"
          "<|im_start|>user\n<tool_response>\nr\n</tool_response>\n<tool_response>\ns\n</"
          "tool_response><|im_end|>\n"
          "<|im_start|>assistant\n«A<|im_end|>\n»"));
}

TEST(BuiltinTemplates, vicuna) {
  EXPECT_THAT(marked(named("vicuna"), kTurns),
              ElementsAre("SUSER: q ASSISTANT:«a</s>»USER: Q ASSISTANT:«A</s>»"));
}

TEST(BuiltinTemplates, contents_may_be_lists_of_parts) {
  for (const std::string& name : builtin_template_names())
    EXPECT_EQ(marked(named(name), R"({"messages":[{"role":"user","content":"one two"}]})"),
              marked(named(name), R"({"messages":[{"role":"user","content":[{"type":"text","text":"one "},
                                      {"type":"text","value":"two"}]}]})"))
        << name;
}

TEST(BuiltinTemplates, unknown_roles_are_refused) {
  for (const std::string& name : builtin_template_names())
    EXPECT_THAT(test::fault(named(name), R"({"messages":[{"role":"user"},{"role":"narrator"}]})"),
                HasSubstr("this one has narrator"))
        << name;
}

// Generation marks and prefixes are two ways to the same masks.
TEST(BuiltinTemplates, mark_what_prefixes_tell) {
  for (const std::string& name : builtin_template_names()) {
    const std::string unmarked =
        std::regex_replace(builtin_template(name), std::regex(R"(\{%- (end)?generation -%\})"), "");
    for (const char* row : {kTurns, kCall})
      EXPECT_EQ(marked(named(name), row), marked(test::of_text(unmarked), row)) << name;
  }
}

TEST(BuiltinTemplates, no_such_name) {
  EXPECT_EQ(builtin_template("none"), "");
}

}  // namespace
}  // namespace fullshard::chat
