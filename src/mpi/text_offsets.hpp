#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "fullshard/core/check.hpp"

namespace fullshard::mpi {

/// Where texts of these lengths begin, end to end, and where the last one ends. MPI counts in int.
inline std::vector<int> text_offsets(std::span<const int64_t> lengths) {
  const int64_t all = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  FS_CHECK(all < (int64_t{1} << 31), "gather of {} bytes of text", all);
  std::vector<int> offsets(lengths.size() + 1);
  std::partial_sum(lengths.begin(), lengths.end(), offsets.begin() + 1);
  return offsets;
}

}  // namespace fullshard::mpi
