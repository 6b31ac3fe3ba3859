#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "fullshard/chat/conversation.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/data/ledger.hpp"
#include "fullshard/jinja/heap.hpp"
#include "fullshard/prepare/columns.hpp"
#include "fullshard/prepare/file_kind.hpp"

namespace fullshard::prepare {

/// A text to be trained on whole.
struct Document {
  std::string_view text;
};
struct Pair {
  std::string_view prompt, response;
  chat::Conversation conversation;  ///< the same, for a template
};
struct ReadyTokens {
  std::vector<int32_t> ids, labels;
};

/// What one row holds. Texts and values live in the heap or in the row's text.
using Example = std::variant<Document, Pair, chat::Conversation, ReadyTokens>;

/// An example that gives no sample. The caller knows file and line.
struct ExampleError : Error {
  ExampleError(data::Fault fault_, const std::string& message)
      : Error(ExitCode::Refused, message), fault(fault_) {}
  data::Fault fault;
};

/// A row that is for another stage: nothing that could be left out, but a wrong run file.
struct StageError : Error {
  explicit StageError(const std::string& message) : Error(ExitCode::Refused, message) {}
};

/// Reads a row. Throws ExampleError (Row, Roles, NothingTrained, Token), and StageError.
Example example_of(std::string_view text, Layout layout, const RowFormat& format, jinja::Heap& heap);
/// The same of a row that is parsed already.
Example example_of(const jinja::Value& row, const RowFormat& format, jinja::Heap& heap);

}  // namespace fullshard::prepare
