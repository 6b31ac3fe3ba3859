#pragma once

#include <ATen/core/Tensor.h>

namespace fullshard::model::aten {

/// Losses [n] in fp64 of logits [n,V] (acc, used up) and targets [n] (int64, where the logits are);
/// `gradient` as in CrossEntropy::add_chunk.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& gradient, const at::Tensor& targets);

}  // namespace fullshard::model::aten
