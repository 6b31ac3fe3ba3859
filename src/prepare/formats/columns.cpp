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
  const bool text_named = run.columns.text != usual.text;
  const bool named = run.stage == config::Stage::Pretrain
                         ? text_named
                         : run.columns.prompt != usual.prompt || run.columns.response != usual.response;
  RowFormat format;
  format.stage = run.stage;
  if (named || text_named) format.columns.text = run.columns.text;
  if (!named) return format;
  format.formatting = Formatting::Pairs;
  format.columns.prompt = run.columns.prompt;
  format.columns.response = run.columns.response;
  return format;
}

}  // namespace fullshard::prepare
