#pragma once
// Linear layers that read the same input, side by side in one output: q|k|v and gate|up. Where their matrices
// are neighbours in the flat buffer they are one GEMM.
//
// Shapes: N tokens, D inputs, C outputs of all layers together.

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "fullshard/core/accumulate.hpp"
#include "fullshard/model/unit_tensors.hpp"

namespace fullshard::model {

/// One of the layers. `bias` may be a role that the unit does not have.
struct Layer {
  Role weight, bias;
};

/// The layers of a block.
inline constexpr Layer kQueryKeyValue[] = {
    {Role::Query, Role::QueryBias}, {Role::Key, Role::KeyBias}, {Role::Value, Role::ValueBias}};
inline constexpr Layer kAttentionOutput[] = {{Role::AttentionOutput, Role::AttentionOutputBias}};
inline constexpr Layer kGateUp[] = {{Role::Gate, Role::GateBias}, {Role::Up, Role::UpBias}};
inline constexpr Layer kDown[] = {{Role::Down, Role::DownBias}};

/// y [N,C] = x Wᵀ + b.
Tensor project(const Tensor& x_ND, const UnitTensors& weights, std::span<const Layer> layers);
/// y [N,C] = residual + x Wᵀ + b in acc, the type of the residual stream: the product is never rounded to x's
/// type.
Tensor project_onto(const Tensor& residual_NC, const Tensor& x_ND, const UnitTensors& weights,
                    std::span<const Layer> layers);
/// dx [N,D] = dy W.
Tensor project_backward_input(const Tensor& dy_NC, const UnitTensors& weights, std::span<const Layer> layers);
/// dW (+)= dyᵀ x, straight into the gradient's flat buffer; db += column sums.
void project_backward_weights(const Tensor& dy_NC, const Tensor& x_ND, const UnitTensors& gradients,
                              std::span<const Layer> layers, Accumulate mode);

}  // namespace fullshard::model
