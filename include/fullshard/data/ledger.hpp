#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace fullshard::data {

/// Why a document gave no sample.
enum class Fault : uint8_t {
  Row,             ///< no JSON, or not with the columns and types that its format has
  Roles,           ///< an order of roles that no conversation has
  Template,        ///< the chat template fails, or refuses the conversation
  Prompt,          ///< the template's prompt for a message is not how it then writes the message
  Generation,      ///< {% generation %} does not tell which message wrote what
  NothingTrained,  ///< no token of it would be trained
  EndMasked,       ///< a trained turn whose end-of-turn token is not trained
  NoEnd,           ///< a trained turn behind which no token of the tokenizer ends it
  Token,           ///< a token that the model does not have
  TooLong,         ///< above cutoff_len, with `too_long: drop`
};
inline constexpr int kFaults = 10;

/// "nothing_trained": the names of the counts in files, behind "dropped_".
std::string_view fault_name(Fault fault);

/// What became of a source, exactly: documents = used + Σ dropped, tokens = trained + masked. Tokens are
/// those of the samples; what a cut took away is counted in `truncated_tokens` alone.
struct Ledger {
  int64_t documents = 0;  ///< rows or texts read
  int64_t used = 0;       ///< those that samples came out of
  int64_t samples = 0;
  int64_t tokens = 0;
  int64_t trained = 0;  ///< labels that count in a loss (the first label of a sample never does)
  int64_t masked = 0;
  int64_t truncated_samples = 0;
  int64_t truncated_tokens = 0;
  int64_t duplicates = 0;  ///< samples that are equal to an earlier one of the source
  std::array<int64_t, kFaults> dropped{};

  int64_t dropped_documents() const;
  bool balances() const { return documents == used + dropped_documents() && tokens == trained + masked; }
  Ledger& operator+=(const Ledger& other);
  bool operator==(const Ledger&) const = default;
};

/// All counts in one order, for sums over ranks and for files.
inline constexpr int kLedgerCounts = 9 + kFaults;
std::array<int64_t, kLedgerCounts> counts_of(const Ledger& ledger);
Ledger ledger_of(const std::array<int64_t, kLedgerCounts>& counts);
/// The name of a count in files: "truncated_tokens", "dropped_roles".
std::string_view count_name(int index);

}  // namespace fullshard::data
