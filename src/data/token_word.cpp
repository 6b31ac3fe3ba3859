#include "fullshard/data/token_word.hpp"

#include <algorithm>

namespace fullshard::data {

int64_t trained_in(std::span<const int32_t> sample) {
  return sample.empty() ? 0 : std::count_if(sample.begin() + 1, sample.end(), is_trained);
}

uint64_t sample_digest(std::span<const int32_t> sample) {
  return sample_digest(digest_of(device_span(sample), {0}), static_cast<int64_t>(sample.size()));
}

uint64_t sample_digest(const Digest& sum, int64_t length) {
  return sum.lo ^ (sum.hi * 0x9e3779b97f4a7c15ULL) ^ static_cast<uint64_t>(length);
}

}  // namespace fullshard::data
