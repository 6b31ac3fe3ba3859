#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace fullshard::data {

struct SimilarPair {
  int64_t first, second;
  double similarity;  ///< Jaccard index of their runs of five ids
};

struct NearDuplicates {
  int64_t looked_at = 0;           ///< samples
  std::vector<SimilarPair> pairs;  ///< `second` once each, with an earlier sample; equal samples are none
};

struct NearDuplicateOptions {
  double similarity = 0.8;      ///< from which on two samples count
  int64_t samples = 1'000'000;  ///< no more are looked at: 64 bytes each are held
};

/// Samples that say almost the same. Ids count, masks do not.
///
/// `size`, `read`  how many samples there are, and the words of one
/// Method          MinHash of 16 values (one permutation with densification: Shrivastava, ICML 2017) in 8
///                 bands of 2; what shares a band is compared in full with the first that does, so a pair of
///                 similarity s is found with probability 1 - (1 - s²)⁸, 99.97 % at 0.8, and less often
///                 where many others share bands with it, as with a long common beginning
NearDuplicates near_duplicates(int64_t size, const std::function<std::vector<int32_t>(int64_t)>& read,
                               const NearDuplicateOptions& options = {});

}  // namespace fullshard::data
