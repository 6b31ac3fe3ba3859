#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fullshard::prepare {

/// Lengths of samples: least, median, 95th percentile, most and sum, then a bar for each of up to 13 ranges,
/// of equal width, or, where the longest is more than twelve medians long, each twice as wide as the last.
std::string length_histogram(std::vector<int64_t> lengths);

}  // namespace fullshard::prepare
