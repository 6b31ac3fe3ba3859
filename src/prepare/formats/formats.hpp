#pragma once

#include "fullshard/prepare/example.hpp"
#include "prepare/formats/message_list.hpp"

namespace fullshard::prepare {

chat::Conversation alpaca_row(const jinja::Value& row, const Columns& columns, jinja::Heap& heap);
/// What alpaca's prompt and query make of a row: the user's words, or a document.
std::string_view alpaca_prompt(const jinja::Value& row, const Columns& columns, jinja::Heap& heap);
chat::Conversation sharegpt_row(const jinja::Value& row, const RowFormat& format, jinja::Heap& heap);
chat::Conversation openai_row(const jinja::Value& row, const RowFormat& format, jinja::Heap& heap);
/// Prompt and response, both texts or both lists of messages, of which those of the response are trained.
Example pair_row(const jinja::Value& row, const Columns& columns, jinja::Heap& heap);
ReadyTokens ready_row(const jinja::Value& row, config::Stage stage);

}  // namespace fullshard::prepare
