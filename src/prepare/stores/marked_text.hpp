#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::prepare {

struct MarkOptions {
  int64_t characters = 1500;  ///< about as many of a sample
  bool color = false;         ///< what is trained is green and all else dim; without, it stands in ⟦ ⟧
};

/// A sample's text, or its ids where `tokenizer` is null, for a terminal: what is trained is marked, control
/// characters are written as escapes. Where it is too long each run of one mask loses its middle, the longest
/// runs first, so that all turns are seen; what is left out is counted.
std::string marked_text(std::span<const int32_t> words, const tokenize::Tokenizer* tokenizer,
                        const MarkOptions& options);

}  // namespace fullshard::prepare
