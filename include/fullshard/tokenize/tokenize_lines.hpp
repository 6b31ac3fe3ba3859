#pragma once

#include <iosfwd>

#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::tokenize {

/// `fullshard tokenize`: one JSON string per input line becomes one JSON array of ids per output line.
/// Throws DataError naming the line (the file is called `input`) where a line is anything else.
void encode_lines(const Tokenizer& tokenizer, SpecialTokens special, std::istream& in, std::ostream& out);

/// The other way: arrays of ids become JSON strings, special tokens included.
void decode_lines(const Tokenizer& tokenizer, std::istream& in, std::ostream& out);

}  // namespace fullshard::tokenize
