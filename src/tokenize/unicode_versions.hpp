#pragma once
// The reference, Hugging Face tokenizers, reads two versions of Unicode at once: its regular expressions know
// version 16, its normal forms version 9. utf8proc knows one, which is another one. These tables are the
// difference; they were found by comparing every code point.

#include <cstdint>
#include <span>

namespace fullshard::tokenize {

struct CodePointRange {
  char32_t first, last;
};

/// Letters and numbers since Unicode 15.1, which utf8proc may not know yet.
std::span<const CodePointRange> newer_letters();
std::span<const CodePointRange> newer_numbers();
/// Since Unicode 10: combining marks, and characters that decompose, which the reference's normal forms leave
/// alone.
bool is_inert_in_reference(char32_t c);

}  // namespace fullshard::tokenize
