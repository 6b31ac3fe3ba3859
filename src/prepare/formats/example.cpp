#include "fullshard/prepare/example.hpp"

#include "fullshard/chat/fault.hpp"
#include "fullshard/core/utf8.hpp"
#include "fullshard/jinja/error.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "prepare/formats/formats.hpp"
#include "prepare/formats/row_access.hpp"

namespace fullshard::prepare {

using jinja::Heap;
using jinja::Kind;
using jinja::Value;

namespace {

void check_utf8(std::string_view text) {
  if (const auto at = first_not_utf8(text))
    fail(Fault::Row, "byte {} is not UTF-8 ({:#04x}); recode it (iconv -f LATIN1 -t UTF-8), or repair it",
         *at, static_cast<unsigned char>(text[*at]));
}

template <class... Args>
[[noreturn]] void stage_error(fmt::format_string<Args...> format, Args&&... args) {
  throw StageError(fmt::format(format, std::forward<Args>(args)...));
}

Document text_file(std::string_view text, config::Stage stage) {
  if (stage == config::Stage::Finetune)
    stage_error(
        "is plain text; stage sft needs JSON lines or a JSON array of prompts and responses or conversations "
        "(of a CSV file: python -c \"import pandas; pandas.read_csv('FILE').to_json('FILE.jsonl', "
        "orient='records', lines=True, force_ascii=False)\"), or use stage pt");
  if (const size_t at = text.find('\0'); at != text.npos)
    fail(Fault::Row, "byte {} is NUL: this is no text", at);
  return {text};
}

Value parse_row(std::string_view text, Layout layout, Heap& heap) {
  try {
    return jinja::parse_json(text, heap);
  } catch (const jinja::TemplateError& e) {
    const bool cut = layout == Layout::JsonLines && e.reason.ends_with("found the end");
    fail(Fault::Row, "{}{}", e.reason,
         cut ? "; a line is a whole object: put objects over several lines into a JSON array, or, if this "
               "is the last line, see whether the file is cut short"
             : "");
  }
}

Document document_of(const Value& row, std::string_view name) {
  return {text_of(needed(row, name, "text"), name)};
}

[[noreturn]] void for_finetuning(const Value& row) {
  stage_error(
      "stage pt trains documents, and this is none (columns {}); use stage sft, or name the column in "
      "columns.text",
      names_in(row));
}

// The format that a row's columns tell. A row of a text alone is a document in both stages.
RowFormat format_of(const Value& row, const RowFormat& given) {
  const auto has = [&](std::string_view name) { return column(row, name) != nullptr; };
  const std::string text = given.columns.text.empty() ? "text" : given.columns.text;
  RowFormat format;
  format.stage = given.stage;
  format.columns.system = "system";
  format.columns.tools = "tools";
  const bool document = has(text);
  if (document && given.stage == config::Stage::Pretrain) {
    format.formatting = Formatting::Pairs;
    format.columns.text = text;
  } else if (has("chosen") || has("rejected")) {
    fail(Fault::Row, "chosen and rejected are preferences, which are not trained; name what is in columns");
  } else if (has("messages") || has("conversations")) {
    format.columns.messages = has("messages") ? "messages" : "conversations";
    const auto turns = list_of(*column(row, format.columns.messages), format.columns.messages);
    const bool openai = !turns.empty() && jinja::member(turns.front(), "role") != nullptr;
    format.formatting = openai ? Formatting::OpenAi : Formatting::Sharegpt;
    if (openai) format.tags = openai_tags();
  } else if (has("instruction")) {
    format.formatting = Formatting::Alpaca;
    format.columns.prompt = "instruction";
    format.columns.query = "input";
    format.columns.response = "output";
    format.columns.history = "history";
  } else if (has("prompt")) {
    format.formatting = Formatting::Pairs;
    format.columns.prompt = "prompt";
    format.columns.response = has("completion") ? "completion" : "response";
  } else if (document) {  // general text, to keep what a model knows
    format.formatting = Formatting::Pairs;
    format.columns.text = text;
  } else {
    fail(Fault::Row,
         "expected one of the columns {}, messages, conversations, instruction, prompt or input_ids, "
         "found {}; name yours in columns",
         text, names_in(row));
  }
  return format;
}

Example read_formatted(const Value& row, const RowFormat& format, Heap& heap) {
  const Columns& columns = format.columns;
  const bool pretrain = format.stage == config::Stage::Pretrain;
  switch (format.formatting) {
    case Formatting::ByColumns:
      return read_formatted(row, format_of(row, format), heap);
    case Formatting::Pairs:
      if (!pretrain && !columns.prompt.empty()) return pair_row(row, columns, heap);
      if (columns.text.empty()) for_finetuning(row);
      return document_of(row, columns.text);
    case Formatting::Alpaca:
      if (!pretrain && !columns.response.empty()) return alpaca_row(row, columns, heap);
      return Document{alpaca_prompt(row, columns, heap)};
    case Formatting::Sharegpt:
      if (pretrain) for_finetuning(row);
      return sharegpt_row(row, format, heap);
    case Formatting::OpenAi:
      break;
  }
  if (pretrain) for_finetuning(row);
  return openai_row(row, format, heap);
}

}  // namespace

Example example_of(const Value& row, const RowFormat& format, Heap& heap) {
  if (!row.is(Kind::Dict))
    fail(Fault::Row, "expected an object with named columns, found {}", json_kind(row));
  const bool any_format =
      format.formatting == Formatting::ByColumns || format.formatting == Formatting::Pairs;
  if (any_format && column(row, "input_ids") != nullptr) return ready_row(row, format.stage);
  try {
    return read_formatted(row, format, heap);
  } catch (const chat::ConversationError& e) {
    fail(Fault::Row, "{}", e.what());
  }
}

Example example_of(std::string_view text, Layout layout, const RowFormat& format, Heap& heap) {
  check_utf8(text);
  if (layout == Layout::Text) return text_file(text, format.stage);
  return example_of(parse_row(text, layout, heap), format, heap);
}

}  // namespace fullshard::prepare
