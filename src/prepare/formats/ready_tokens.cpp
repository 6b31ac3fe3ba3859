#include <limits>

#include "prepare/formats/formats.hpp"
#include "prepare/formats/row_access.hpp"

namespace fullshard::prepare {

using jinja::Kind;
using jinja::Value;

namespace {

std::vector<int32_t> integers(const Value& value, std::string_view what) {
  std::vector<int32_t> out;
  for (const Value& element : list_of(value, what)) {
    if (!element.is(Kind::Int) || element.integer() < std::numeric_limits<int32_t>::min() ||
        element.integer() > std::numeric_limits<int32_t>::max())
      fail(Fault::Token, "{}: element {} is not a 32-bit integer", what, out.size());
    out.push_back(static_cast<int32_t>(element.integer()));
  }
  return out;
}

void require_ones(std::span<const Value> mask, size_t count) {
  for (const Value& one : mask)
    if (!one.is(Kind::Int) || one.integer() != 1)
      fail(Fault::Token, "attention_mask: expected ones only; leave padding out of the row");
  if (mask.size() != count)
    fail(Fault::Row, "expected as long an attention_mask as input_ids, found {} and {}", mask.size(), count);
}

}  // namespace

// Whether they are of the model, and labels fit, is judged where they become a sample.
ReadyTokens ready_row(const Value& row, config::Stage stage) {
  ReadyTokens tokens{integers(needed(row, "input_ids", "text"), "input_ids"), {}};
  const Value* labels = column(row, "labels");
  if (labels == nullptr && stage == config::Stage::Finetune)
    fail(Fault::Row, "expected \"labels\" beside the ready-made tokens, found {}", names_in(row));
  tokens.labels = labels == nullptr ? tokens.ids : integers(*labels, "labels");
  if (const Value* mask = column(row, "attention_mask"))
    require_ones(list_of(*mask, "attention_mask"), tokens.ids.size());
  return tokens;
}

}  // namespace fullshard::prepare
