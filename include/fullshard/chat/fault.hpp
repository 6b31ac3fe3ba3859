#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fullshard/core/error.hpp"

namespace fullshard::chat {

/// Why a conversation, or a sample of it, cannot be trained as it is. Counted by these names in a ledger.
enum class Fault : uint8_t {
  Row,         ///< not a conversation: no messages, a message that is no object, tools that are no list, …
  Template,    ///< the template fails, or refuses the conversation (raise_exception: order of roles, …)
  Prompt,      ///< the template's prompt for a message is not how it then writes the message
  Generation,  ///< {% generation %} does not tell which message wrote what
  NothingTrained,  ///< no token is trained
  EndMasked,       ///< a trained turn whose end-of-turn token is not trained
  NoEnd,           ///< a trained turn behind which no token of the tokenizer ends it
};

/// "row", "template", "prompt", "generation", "nothing_trained", "end_masked", "no_end"
std::string_view fault_name(Fault fault);

/// A conversation of which no sample can be made. The caller knows file and line.
struct ConversationError : Error {
  ConversationError(Fault fault_, const std::string& message)
      : Error(ExitCode::Refused, message), fault(fault_) {}
  Fault fault;
};

}  // namespace fullshard::chat
