#pragma once
// Reads rows and shows what became of them.

#include <gmock/gmock.h>

#include <array>

#include "fullshard/jinja/member.hpp"
#include "fullshard/jinja/template.hpp"
#include "fullshard/prepare/example.hpp"

namespace fullshard::prepare::test {

using chat::Learn;
using config::Stage;
using data::Fault;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Property;
using testing::Throws;

// In which way a row is read.
struct How {
  RowFormat format;
  config::Stage stage = Stage::Finetune;
  Layout layout = Layout::JsonLines;
};

class RowTest : public testing::Test {
 protected:
  Example read(std::string_view row, const How& how = {}) {
    RowFormat format = how.format;
    format.stage = how.stage;
    return example_of(row, how.layout, format, heap_);
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
  void refuses(std::string_view row, Fault fault, const char* words, const How& how = {}) {
    EXPECT_THAT([&] { read(row, how); },
                Throws<ExampleError>(AllOf(testing::Field(&ExampleError::fault, fault),
                                           Property(&ExampleError::what, HasSubstr(words)))))
        << row;
  }
  void refuses_for_stage(std::string_view row, const char* words, const How& how = {}) {
    EXPECT_THAT([&] { read(row, how); }, testing::ThrowsMessage<StageError>(HasSubstr(words))) << row;
  }
  jinja::Heap heap_;
};

inline How sharegpt() {
  return {{.formatting = Formatting::Sharegpt,
           .columns = {.messages = "conversations", .system = "system", .tools = "tools"}}};
}
inline How openai() {
  return {{.formatting = Formatting::OpenAi,
           .columns = {.messages = "messages", .tools = "tools"},
           .tags = openai_tags()}};
}
inline How alpaca() {
  return {{.formatting = Formatting::Alpaca,
           .columns = {.prompt = "instruction", .query = "input", .response = "output"}}};
}

}  // namespace fullshard::prepare::test
