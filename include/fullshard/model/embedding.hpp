#pragma once

#include "fullshard/model/ops.hpp"
#include "fullshard/model/unit_tensors.hpp"

namespace fullshard::model {

/// x [N,D]: the embedding's rows of the N ids, as the residual stream (acc) begins.
Tensor embed(const UnitTensors& weights, std::span<const int32_t> ids);

/// Adds the rows' gradients to the embedding's; Overwrite clears it first. Needs no weights; dx is used up.
///
/// The row of the configuration's pad token gets nothing, wherever that token stands: transformers makes the
/// embedding with padding_idx = pad_token_id, and torch.nn.Embedding leaves that row out (docs/numerics.md).
void embed_backward(const config::ModelConfig& config, const UnitTensors& gradients, const Tensor& dx_ND,
                    const MicroBatch& batch, Accumulate mode);

}  // namespace fullshard::model
