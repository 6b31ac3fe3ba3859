#include "prepare/stores/length_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "fullshard/core/text.hpp"

namespace fullshard::prepare {

namespace {

constexpr int64_t kBars = 12, kWidth = 48;

/// A longest sample above so many medians would put nearly all others into the first of equal ranges.
constexpr int64_t kTail = 12;

// Widths that people read easily: 1, 2 or 5 times a power of ten.
int64_t round_width(int64_t span) {
  for (int64_t power = 1;; power *= 10)
    for (const int64_t factor : {1, 2, 5})
      if (factor * power * kBars > span) return factor * power;
}

/// Where ranges begin, and where the last one ends.
using Bounds = std::vector<int64_t>;

Bounds equal_ranges(int64_t least, int64_t most) {
  const int64_t width = round_width(most - least + 1);
  Bounds bounds = {least / width * width};
  while (bounds.back() <= most) bounds.push_back(bounds.back() + width);
  return bounds;
}

/// The last kBars powers of two that are needed; what is shorter is in the first range.
Bounds doubling_ranges(int64_t least, int64_t most) {
  Bounds bounds = {1};
  while (bounds.back() <= most) bounds.push_back(2 * bounds.back());
  while (bounds[1] <= least) bounds.erase(bounds.begin());
  if (std::ssize(bounds) > kBars + 1) bounds.erase(bounds.begin() + 1, bounds.end() - kBars);
  return bounds;
}

/// Eighths of a character.
std::string bar(double share) {
  static constexpr std::array<const char*, 8> kPart = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<int64_t>(std::ceil(share * kWidth * 8));
  std::string out;
  for (int64_t i = 0; i < eighths / 8; ++i) out += "█";
  return out + kPart[static_cast<size_t>(eighths % 8)];
}

}  // namespace

std::string length_histogram(std::vector<int64_t> lengths) {
  if (lengths.empty()) return "no samples\n";
  std::sort(lengths.begin(), lengths.end());
  const auto at = [&](double share) {
    return with_thousands(lengths[static_cast<size_t>(share * static_cast<double>(lengths.size() - 1))]);
  };
  std::string out = fmt::format("tokens per sample: least {}, median {}, 95 % up to {}, most {}\n", at(0),
                                at(0.5), at(0.95), at(1));
  const int64_t least = lengths.front(), median = lengths[(lengths.size() - 1) / 2], most = lengths.back();
  const Bounds bounds = most > kTail * median ? doubling_ranges(least, most) : equal_ranges(least, most);
  std::vector<int64_t> counts(bounds.size() - 1, 0);
  size_t range = 0;
  for (const int64_t length : lengths) {
    while (length >= bounds[range + 1]) ++range;
    ++counts[range];
  }
  const int64_t highest = *std::max_element(counts.begin(), counts.end());
  const size_t digits = with_thousands(bounds.back() - 1).size();
  const size_t count_digits = with_thousands(highest).size();
  for (size_t i = 0; i < counts.size(); ++i) {
    out += fmt::format("  {:>{}} to {:>{}}  {:>{}}", with_thousands(bounds[i]), digits,
                       with_thousands(bounds[i + 1] - 1), digits, with_thousands(counts[i]), count_digits);
    if (counts[i] > 0) out += "  " + bar(static_cast<double>(counts[i]) / static_cast<double>(highest));
    out += '\n';
  }
  return out;
}

}  // namespace fullshard::prepare
