#include <limits>

#include "prepare/formats.hpp"
#include "prepare/row_access.hpp"

namespace fullshard::prepare {

using jinja::Kind;
using jinja::Value;

namespace {

constexpr int64_t kIgnored = -100;  // the label that is not trained, as in PyTorch's cross entropy

std::vector<int32_t> ids_of(const Value& value) {
  std::vector<int32_t> ids;
  for (const Value& id : list_of(value, "input_ids")) {
    if (!id.is(Kind::Int) || id.integer() < 0 || id.integer() > std::numeric_limits<int32_t>::max())
      fail(RowFault::Tokens, "input_ids: element {} is no token: expected an integer from 0 to 2147483647",
           ids.size());
    ids.push_back(static_cast<int32_t>(id.integer()));
  }
  return ids;
}

std::vector<bool> trained_of(const Value& value, const std::vector<int32_t>& ids) {
  const auto labels = list_of(value, "labels");
  if (labels.size() != ids.size())
    fail(RowFault::Tokens, "expected as many labels as input_ids, found {} and {}", labels.size(),
         ids.size());
  std::vector<bool> trained;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i].is(Kind::Int) || (labels[i].integer() != kIgnored && labels[i].integer() != ids[i]))
      fail(RowFault::Tokens, "labels: element {}: expected {} or its token {}; labels are not shifted", i,
           kIgnored, ids[i]);
    trained.push_back(labels[i].integer() != kIgnored);
  }
  return trained;
}

}  // namespace

ReadyTokens ready_row(const Value& row, Stage stage) {
  ReadyTokens tokens{ids_of(needed(row, "input_ids", "text")), {}};
  const Value* labels = column(row, "labels");
  if (labels == nullptr && stage == Stage::Finetune)
    fail(RowFault::Column, "expected \"labels\" beside the ready-made tokens, found {}", columns_of(row));
  tokens.trained =
      labels == nullptr ? std::vector<bool>(tokens.ids.size(), true) : trained_of(*labels, tokens.ids);
  if (const Value* mask = column(row, "attention_mask"))
    for (const Value& one : list_of(*mask, "attention_mask"))
      if (!one.is(Kind::Int) || one.integer() != 1)
        fail(RowFault::Tokens, "attention_mask: expected ones only; leave padding out of the row");
  return tokens;
}

}  // namespace fullshard::prepare
