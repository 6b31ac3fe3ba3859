#pragma once
// Final norm, output projection and cross-entropy in chunks of tokens: logits [N,V] never exist whole.
//
// Shapes: N tokens, D model width, V vocabulary.

#include "fullshard/config/model_config.hpp"
#include "fullshard/model/ops.hpp"
#include "fullshard/model/unit_tensors.hpp"

namespace fullshard::model {

struct HeadBackward {
  double loss_sum;  ///< Σ -log p(target) over trained tokens
  Tensor dx_ND;     ///< gradient of that sum
};

class Head {
 public:
  explicit Head(const config::ModelConfig& config) : config_(config) {}

  /// Loss, its gradient with respect to x, and the weights' gradients, in one pass over the chunks.
  HeadBackward forward_backward(const UnitTensors& weights, const Tensor& x_ND, const MicroBatch& batch,
                                const UnitTensors& gradients, Accumulate mode) const;

  /// Loss alone.
  double loss(const UnitTensors& weights, const Tensor& x_ND, const MicroBatch& batch) const;

  /// Logits in acc, for generation and tests; x may be a few rows.
  Tensor logits(const UnitTensors& weights, const Tensor& x_ND) const;

 private:
  /// The projection's matrix [V,D]: the embedding's where tied.
  const Tensor& matrix(const UnitTensors& t) const {
    return t[config_.tied ? Role::Embedding : Role::OutputProjection];
  }

  const config::ModelConfig& config_;
};

/// Tokens per chunk; depends on shapes only, so that results do not depend on memory or ranks.
int64_t head_chunk(int64_t vocab_size);

}  // namespace fullshard::model
