#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fullshard::prepare {

/// Lengths of samples: least, median, 95th percentile, most and sum, then a bar for each of up to 12 ranges
/// of equal width.
std::string length_histogram(std::vector<int64_t> lengths);

}  // namespace fullshard::prepare
