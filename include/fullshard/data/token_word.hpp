#pragma once
// A token of a sample is one 32-bit word: its id where a loss is taken on it, the id's complement where not.

#include <cstdint>
#include <span>

#include "fullshard/core/hash.hpp"

namespace fullshard::data {

/// A label that no loss is computed for; the value is that of the Hugging Face files we read.
inline constexpr int32_t kIgnored = -100;

constexpr int32_t token_word(int32_t id, bool trained) {
  return trained ? id : ~id;
}
constexpr bool is_trained(int32_t word) {
  return word >= 0;
}
constexpr int32_t id_of(int32_t word) {
  return word >= 0 ? word : ~word;
}
constexpr int32_t label_of(int32_t word) {
  return word >= 0 ? word : kIgnored;
}

/// Words whose label counts in a loss: nothing predicts the first.
int64_t trained_in(std::span<const int32_t> sample);

/// What tells samples apart and shows damage: 64 bits over ids and which of them are trained.
uint64_t sample_digest(std::span<const int32_t> sample);
/// The same from the sum of digest_of over the sample's parts, each from its place in the sample on.
uint64_t sample_digest(const Digest& sum, int64_t length);

}  // namespace fullshard::data
