#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fullshard/chat/conversation.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/jinja/heap.hpp"
#include "fullshard/prepare/columns.hpp"
#include "fullshard/prepare/file_kind.hpp"

namespace fullshard::prepare {

/// What a row becomes in training: documents are learned whole, of the others the answers are.
enum class Stage { Pretrain, Finetune };

struct Document {
  std::string_view text;
};

struct Pair {
  std::string_view prompt, response;
};

/// As long as each other; `trained` where the row's label is the token and not -100.
struct ReadyTokens {
  std::vector<int32_t> ids;
  std::vector<bool> trained;
};

/// What one row says. Texts lie in the row itself or in the heap.
using Example = std::variant<Document, Pair, chat::Conversation, ReadyTokens>;

/// Why a row cannot be used; counted by these names in a ledger.
enum class RowFault : uint8_t {
  NotJson,     ///< or not an object, or JSON in a string that is none
  NotUtf8,     ///< also where a text has a NUL byte
  Column,      ///< a column is missing
  Type,        ///< a column holds something else than it should
  Roles,       ///< turns in an order in which nobody talks
  NoResponse,  ///< there is nothing to train
  Tokens,      ///< ready-made tokens that are none
  Stage,       ///< a row for the other stage: nothing that could be left out, but a wrong run file
};

/// "not_json", "not_utf8", "column", "type", "roles", "no_response", "tokens", "stage"
std::string_view fault_name(RowFault fault);

/// A row that cannot be used. The caller knows file and line.
struct RowError : Error {
  RowError(RowFault fault_, const std::string& message) : Error(ExitCode::Refused, message), fault(fault_) {}
  RowFault fault;
};

/// Reads a row's text, which lives as long as the example. Throws RowError, and chat::ConversationError where
/// a message contradicts itself.
Example read_row(std::string_view text, Layout layout, const RowFormat& format, Stage stage,
                 jinja::Heap& heap);

/// The same of a row that is parsed already.
Example read_row(const jinja::Value& row, const RowFormat& format, Stage stage, jinja::Heap& heap);

}  // namespace fullshard::prepare
