#include "fullshard/data/token_word.hpp"

#include <algorithm>

namespace fullshard::data {

int64_t trained_in(std::span<const int32_t> sample) {
  return sample.empty() ? 0 : std::count_if(sample.begin() + 1, sample.end(), is_trained);
}

uint64_t sample_digest(std::span<const int32_t> sample) {
  const Digest d = digest_of(device_span(sample), {0});
  return d.lo ^ (d.hi * 0x9e3779b97f4a7c15ULL) ^ sample.size();
}

}  // namespace fullshard::data
