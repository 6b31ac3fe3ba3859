#include "prepare/length_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "fullshard/core/text.hpp"

namespace fullshard::prepare {

namespace {

constexpr int64_t kBars = 12, kWidth = 48;

// Widths that people read easily: 1, 2 or 5 times a power of ten.
int64_t round_width(int64_t span) {
  for (int64_t power = 1;; power *= 10)
    for (const int64_t factor : {1, 2, 5})
      if (factor * power * kBars > span) return factor * power;
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
  const int64_t width = round_width(lengths.back() - lengths.front() + 1);
  const int64_t first = lengths.front() / width * width;
  std::vector<int64_t> counts(static_cast<size_t>((lengths.back() - first) / width + 1), 0);
  for (const int64_t length : lengths) ++counts[static_cast<size_t>((length - first) / width)];
  const auto most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  const size_t digits = with_thousands(first + width * std::ssize(counts)).size();
  const size_t count_digits = with_thousands(static_cast<int64_t>(most)).size();
  for (size_t i = 0; i < counts.size(); ++i) {
    const int64_t begin = first + width * static_cast<int64_t>(i);
    out += fmt::format("  {:>{}} to {:>{}}  {:>{}}  {}\n", with_thousands(begin), digits,
                       with_thousands(begin + width - 1), digits, with_thousands(counts[i]), count_digits,
                       bar(static_cast<double>(counts[i]) / most));
  }
  return out;
}

}  // namespace fullshard::prepare
