#pragma once
// Shapes: N tokens, n of one chunk, V vocabulary.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace fullshard::model {

/// Cross-entropy of one micro-batch, a chunk of its tokens after the other. On a device the losses stay there
/// until their sum is asked for.
class CrossEntropy {
 public:
  /// `targets` [N] must outlive this; logits will be where `like` is.
  CrossEntropy(std::span<const int32_t> targets, const at::Tensor& like);

  /// The next n tokens: logits [n,V] in acc, used up. `gradient` [n,V] gets the gradient of their losses' sum
  /// and may be the logits' memory; undefined: loss alone.
  void add_chunk(const at::Tensor& logits, const at::Tensor& gradient);

  /// Σ -log p(target), token by token, then chunk by chunk; targets of -100 count nothing, others outside of
  /// the vocabulary make it NaN.
  double loss_sum() const;

 private:
  std::span<const int32_t> targets_;
  at::Tensor device_targets_;  ///< int64; undefined on the host
  int64_t next_ = 0;
  std::vector<at::Tensor> losses_;  ///< of each chunk's tokens, fp64
};

}  // namespace fullshard::model
