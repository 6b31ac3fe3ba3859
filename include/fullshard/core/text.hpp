#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fullshard {

/// The candidate with the smallest edit distance to `word` (for "did you mean"); empty if none is near (more
/// than a third of its length away).
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "1,234,567"
std::string with_thousands(int64_t n);

/// "12 s", "3 min 05 s", "2 h 07 min"
std::string human_duration(double seconds);

}  // namespace fullshard
