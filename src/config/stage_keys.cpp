#include "config/stage_keys.hpp"

namespace fullshard::config {
namespace {

struct Difference {
  const char* key;
  bool differs;
};

using Problems = std::vector<std::pair<std::string, std::string>>;

void add(Problems& problems, const std::vector<Difference>& keys, const char* text) {
  for (const Difference& d : keys)
    if (d.differs) problems.emplace_back(d.key, text);
}

}  // namespace

Problems unused_in_stage(const RunConfig& c) {
  const RunConfig usual;
  const bool prompt = c.columns.prompt != usual.columns.prompt;
  const bool response = c.columns.response != usual.columns.response;
  Problems problems;
  if (c.stage == Stage::Finetune) {
    add(problems, {{"columns.text", (prompt || response) && c.columns.text != usual.columns.text}},
        "with columns.prompt or columns.response every row is a pair; remove the key, or give the texts an "
        "entry in a dataset_info.json (docs/data.md)");
    return problems;
  }
  add(problems,
      {{"template", c.chat_template_name.has_value()},
       {"chat_template", c.chat_template.has_value()},
       {"chat_template_kwargs", c.chat_template_kwargs != usual.chat_template_kwargs},
       {"train_on_prompt", c.train_on_prompt != usual.train_on_prompt},
       {"mask_history", c.mask_history != usual.mask_history},
       {"roles_to_train", c.roles_to_train != usual.roles_to_train}},
      "pt trains on all tokens of documents, which have no turns; remove the key, or use stage: sft");
  add(problems, {{"too_long", c.too_long != usual.too_long}},
      "pt cuts documents into pieces of cutoff_len, none is too long; remove the key, or use stage: sft");
  add(problems, {{"columns.prompt", prompt}, {"columns.response", response}},
      "pt reads columns.text alone; name the column there, or use stage: sft");
  return problems;
}

}  // namespace fullshard::config
