#pragma once
// From a prompt's tokens to the tokens that follow it.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "fullshard/generate/decoder.hpp"
#include "fullshard/generate/sampler.hpp"

namespace fullshard::generate {

struct GenerateOptions {
  int64_t max_new_tokens = 128;
  SamplingOptions sampling;
  /// Tokens that end the text.
  std::vector<int64_t> eos_token_ids;
  /// Divides positive and multiplies negative logits of tokens that were there before, prompt included; 1:
  /// none. Source: Keskar et al., arXiv:1909.05858, section 4.1, without its temperature; as in transformers.
  double repetition_penalty = 1;
};

/// Called with each new token as soon as it is known.
using OnToken = std::function<void(int32_t)>;

/// The tokens that follow `prompt`, at most max_new_tokens; the one that ends the text is the last, as in
/// transformers. They depend on nothing that the decoder did before.
///
/// Throws  as Decoder::prefill and sample
std::vector<int32_t> generate(Decoder& decoder, std::span<const int32_t> prompt,
                              const GenerateOptions& options, const OnToken& on_token = {});

}  // namespace fullshard::generate
