#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "fullshard/data/token_store.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::prepare {

struct ReportOptions {
  int64_t examples = 3;       ///< samples that are shown
  int64_t characters = 1500;  ///< about as many of each; what is left out is counted
  bool color = false;         ///< escape sequences of terminals; without, what is trained stands in ⟦ ⟧
  bool near_duplicates = true;
};

/// What is in a store, for a person: its ledger, lengths, duplicates, samples with next to nothing trained,
/// the longest one, and examples with their mask. Without a tokenizer examples are ids. Throws DataError,
/// IoError.
std::string store_report(const data::TokenStore& store, const std::string& name,
                         const tokenize::Tokenizer* tokenizer, const ReportOptions& options);

/// Every sample as {"source", "index", "input_ids", "labels"} on a line of its own; `index` is its
/// document's.
void write_samples(const data::TokenStore& store, const std::string& name, std::ostream& out);

}  // namespace fullshard::prepare
