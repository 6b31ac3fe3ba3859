#pragma once
// From logits to the next token.

#include <cstdint>
#include <span>

namespace fullshard::generate {

struct SamplingOptions {
  /// Divides the logits; 0 takes the most probable token (greedy).
  double temperature = 0;
  /// Draws among the fewest most probable tokens whose probabilities reach this sum. Range (0, 1].
  double top_p = 1;
  /// The same seed draws the same tokens.
  uint64_t seed = 0;
};

/// Throws ConfigError naming the option that is out of range.
void validate(const SamplingOptions& options);

/// The next token. `position` counts the tokens drawn so far: with the seed it decides the draw.
///
/// Throws  NumbersError if a logit is NaN or +∞, or all are -∞
/// Source  top-p: Holtzman et al., arXiv:1904.09751; kept as by transformers' TopPLogitsWarper (a token stays
/// while the
///         more probable ones sum to less than top_p), after the temperature. Among equal logits the lowest
///         id is first
int32_t sample(std::span<const double> logits, const SamplingOptions& options, uint64_t position);

}  // namespace fullshard::generate
