#include "fullshard/chat/chat_template.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "unit/chat/marked.hpp"

namespace fullshard::chat {
namespace {

using test::marked;
using test::TempDir;
using test::write;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHi = R"({"messages":[{"role":"user","content":"hi"}]})";
constexpr const char* kHiTools = R"({"messages":[{"role":"user","content":"hi"}],"tools":[]})";

std::string error(const std::function<ChatTemplate()>& make) {
  try {
    make();
    return "no error";
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(ChatTemplate, the_file_comes_before_the_config) {
  TempDir model;
  write(model / "tokenizer_config.json",
        R"({"chat_template":"config","model_max_length":1000000000000000019884624838656})");
  EXPECT_THAT(marked(ChatTemplate::of_model(model.path()), kHi), ElementsAre("config"));
  EXPECT_TRUE(ChatTemplate::exists(model.path()));

  write(model / "chat_template.jinja", "file");
  EXPECT_THAT(marked(ChatTemplate::of_model(model.path()), kHi), ElementsAre("file"));
}

TEST(ChatTemplate, tool_use_is_chosen_where_tools_are_given) {
  TempDir model;
  write(model / "tokenizer_config.json",
        R"({"chat_template":[{"name":"default","template":"d"},{"name":"tool_use","template":"t"}]})");
  const ChatTemplate listed = ChatTemplate::of_model(model.path());

  EXPECT_THAT(marked(listed, kHi), ElementsAre("d"));
  EXPECT_THAT(marked(listed, kHiTools), ElementsAre("t"));
}

TEST(ChatTemplate, additional_files_are_named_by_their_stems) {
  TempDir model;
  write(model / "chat_template.jinja", "d");
  std::filesystem::create_directory(model / "additional_chat_templates");
  write(model / "additional_chat_templates/tool_use.jinja", "t");
  write(model / "additional_chat_templates/readme.txt", "{% broken");

  EXPECT_THAT(marked(ChatTemplate::of_model(model.path()), kHiTools), ElementsAre("t"));
}

TEST(ChatTemplate, without_a_default_the_names_are_said) {
  TempDir model;
  write(model / "tokenizer_config.json", R"({"chat_template":[{"name":"rag","template":"r"}]})");
  const ChatTemplate rag = ChatTemplate::of_model(model.path());

  EXPECT_THROW(marked(rag, kHi), ModelError);
}

TEST(ChatTemplate, a_model_without_one_is_told_where_it_is_looked_for) {
  TempDir model;
  write(model / "tokenizer_config.json", R"({"chat_template":null})");

  EXPECT_FALSE(ChatTemplate::exists(model.path()));
  EXPECT_THAT(error([&] { return ChatTemplate::of_model(model.path()); }),
              AllOf(HasSubstr("chat_template.jinja"), HasSubstr("tokenizer_config.json"),
                    HasSubstr("template: chatml")));
}

TEST(ChatTemplate, an_error_names_file_and_line) {
  TempDir model;
  write(model / "chat_template.jinja", "\n{% if %}");

  EXPECT_THAT(error([&] { return ChatTemplate::of_model(model.path()); }),
              AllOf(HasSubstr("chat_template.jinja"), HasSubstr("line 2")));
  EXPECT_THROW(ChatTemplate::from_text("{% if %}", model.path()), ConfigError);
}

TEST(ChatTemplate, what_a_config_has_instead_of_a_template_is_refused) {
  TempDir model;
  const auto message = [&](std::string_view config) {
    write(model / "tokenizer_config.json", config);
    return error([&] { return ChatTemplate::of_model(model.path()); });
  };

  EXPECT_THAT(message("{"), HasSubstr("tokenizer_config.json: is not valid JSON"));
  EXPECT_THAT(message(R"({"chat_template":1})"),
              HasSubstr("chat_template: expected a text, or a list of {\"name\", \"template\"}"));
  EXPECT_THAT(message(R"({"chat_template":[{"name":"a"}]})"),
              HasSubstr("chat_template: expected objects with the text \"template\" in the list"));
  EXPECT_THAT(message(R"({"chat_template":"t","chat_template":"u"})"), HasSubstr("twice"));
}

TEST(ChatTemplate, an_unknown_name_lists_the_known) {
  EXPECT_THAT(
      error([] { return ChatTemplate::named("llama9", "nowhere"); }),
      AllOf(HasSubstr("alpaca, chatml, default, llama3, mistral, qwen, vicuna"), HasSubstr("llama9")));
}

TEST(ChatTemplate, a_syntax_error_names_file_and_line_once) {
  TempDir model;
  write(model / "t.jinja", "\n{% for a in b %}");
  write(model / "tokenizer_config.json",
        R"({"chat_template":[{"name":"a","template":"a"},{"name":"b","template":"{{"}]})");

  EXPECT_EQ(error([&] { return ChatTemplate::from_file(model / "t.jinja", model.path()); }),
            (model / "t.jinja").string() +
                ": chat template, line 2: expected {% endfor %} or {% else %}, got end of template");
  EXPECT_EQ(error([&] { return ChatTemplate::from_text("\n{% for a in b %}", model.path()); }),
            "chat_template: chat template, line 2: expected {% endfor %} or {% else %}, got end of template");
  EXPECT_THAT(error([&] { return ChatTemplate::of_model(model.path()); }),
              HasSubstr("tokenizer_config.json: chat template \"b\", line 1: "));
}

TEST(ChatTemplate, has_the_special_tokens_of_the_model) {
  TempDir model;
  write(model / "tokenizer_config.json",
        R"({"bos_token":null,"eos_token":{"content":"</s>"},"image_token":"<i>","padding_side":"left",
            "extra_special_tokens":{"audio":"<a>"},"model_max_length":1000000000000000019884624838656})");
  const ChatTemplate t = ChatTemplate::from_text(
      "{{ bos_token is defined }}{{ eos_token }}{{ image_token }}{{ audio }}{{ padding_side is defined }}",
      model.path());

  EXPECT_THAT(marked(t, kHi), ElementsAre("False</s><i><a>False"));
  EXPECT_THAT(marked(t, R"({"messages":[{}],"eos_token":"mine"})"), ElementsAre("Falsemine<i><a>False"));
}

TEST(ChatTemplate, an_old_special_tokens_map_counts_where_the_config_lists_no_tokens) {
  TempDir model;
  write(model / "tokenizer_config.json", R"({"eos_token":"a"})");
  write(model / "special_tokens_map.json", R"({"eos_token":{"content":"b"}})");
  EXPECT_THAT(marked(ChatTemplate::from_text("{{ eos_token }}", model.path()), kHi), ElementsAre("b"));

  write(model / "tokenizer_config.json", R"({"eos_token":"a","added_tokens_decoder":{}})");
  EXPECT_THAT(marked(ChatTemplate::from_text("{{ eos_token }}", model.path()), kHi), ElementsAre("a"));
}

TEST(ChatTemplate, variables_of_a_run_are_those_of_every_conversation_that_has_none_of_its_own) {
  TempDir model;
  ChatTemplate t = ChatTemplate::from_text("{{ thinking }}{{ tools|length }}", model.path());
  const Digest before = t.digest();
  t.set_variables(R"({"thinking": "off", "tools": [{"name": "f"}]})");

  EXPECT_THAT(marked(t, kHi), ElementsAre("off1"));
  EXPECT_THAT(marked(t, R"({"messages":[{"role":"user","content":"hi"}],"thinking":"on"})"),
              ElementsAre("on1"));
  EXPECT_NE(t.digest(), before);
  EXPECT_THROW(t.set_variables(R"({"messages": []})"), ConfigError);
  EXPECT_THROW(t.set_variables(R"({"add_generation_prompt": true})"), ConfigError);
}

TEST(ChatTemplate, the_digest_is_of_all_that_a_text_depends_on) {
  TempDir model;
  write(model / "tokenizer_config.json", R"({"eos_token":"a"})");
  const auto digest = [&](std::string_view text, const jinja::RenderOptions& options = {}) {
    return ChatTemplate::from_text(text, model.path(), options).digest();
  };
  const Digest before = digest("x");
  jinja::RenderOptions dated;
  dated.now = std::tm{};

  EXPECT_EQ(digest("x"), before);
  EXPECT_NE(digest("y"), before);
  EXPECT_NE(digest("x", dated), before);
  write(model / "tokenizer_config.json", R"({"eos_token":"b"})");
  EXPECT_NE(digest("x"), before);
}

}  // namespace
}  // namespace fullshard::chat
