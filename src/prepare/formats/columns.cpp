#include "fullshard/prepare/columns.hpp"

namespace fullshard::prepare {

Tags openai_tags() {
  Tags tags;
  tags.role = "role";
  tags.content = "content";
  tags.user = "user";
  tags.assistant = "assistant";
  tags.observation = "tool";
  return tags;
}

RowFormat row_format_of(const config::RunConfig& run) {
  const config::Columns usual;
  const bool named = run.stage == config::Stage::Pretrain
                         ? run.columns.text != usual.text
                         : run.columns.prompt != usual.prompt || run.columns.response != usual.response;
  RowFormat format;
  format.stage = run.stage;
  if (!named) return format;
  format.formatting = Formatting::Pairs;
  format.columns.text = run.columns.text;
  format.columns.prompt = run.columns.prompt;
  format.columns.response = run.columns.response;
  return format;
}

}  // namespace fullshard::prepare
