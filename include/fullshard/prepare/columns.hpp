#pragma once

#include <string>

#include "fullshard/config/run_config.hpp"

namespace fullshard::prepare {

/// Where a row has what; an empty name: it has no such column.
struct Columns {
  std::string text;    ///< a document
  std::string prompt;  ///< of a pair, or an instruction
  std::string query;   ///< goes behind the instruction, on a line of its own
  std::string response;
  std::string history;  ///< pairs of earlier turns
  std::string messages;
  std::string system;
  std::string tools;
  bool operator==(const Columns&) const = default;
};

/// The words of a conversation; a role with an empty tag does not occur.
struct Tags {
  std::string role = "from", content = "value";
  std::string user = "human", assistant = "gpt", observation = "observation", function = "function_call",
              system = "system";
  bool operator==(const Tags&) const = default;
};

/// OpenAI's words.
Tags openai_tags();

enum class Formatting {
  ByColumns,  ///< each row says by its columns what it is
  Pairs,      ///< the columns prompt and response, or text
  Alpaca,
  Sharegpt,
  OpenAi,
};

/// How the rows of one source are to be read.
struct RowFormat {
  Formatting formatting = Formatting::ByColumns;
  Columns columns;  ///< ByColumns, `text` alone counts: how documents are called if not "text"
  Tags tags;
  /// Documents are learned whole, of the others the answers are.
  config::Stage stage = config::Stage::Finetune;
  bool operator==(const RowFormat&) const = default;
};

/// Of sources that are no registry's: by their columns, unless `columns` names others than by default.
RowFormat row_format_of(const config::RunConfig& run);

}  // namespace fullshard::prepare
