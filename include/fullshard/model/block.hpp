#pragma once
// One transformer layer: forward and backward written out, no autograd.
//
//   h = norm(x); q,k,v = h Wᵀ (+b); [norm each head]; rope; m = x + attention(q,k,v) Woᵀ
//   h = norm(m); g,u = h Wᵀ;        y = m + (silu(g)·u) Wdᵀ
//
// Source: Touvron et al., arXiv:2302.13971 (Llama); head norms as in Qwen3, arXiv:2505.09388.
// Shapes: N tokens, D model width, C = (H+2K)·dh, F ffn width.

#include "fullshard/config/model_config.hpp"
#include "fullshard/model/attention.hpp"
#include "fullshard/model/ops.hpp"
#include "fullshard/model/unit_tensors.hpp"

namespace fullshard::model {

/// What backward needs of a block's forward. Norm outputs and silu(g)·u are computed again: they cost a pass,
/// not a GEMM.
struct BlockSaved {
  Tensor x_ND, input_rstd_N;
  Tensor query_before_norm, query_rstd, key_before_norm, key_rstd;  ///< only with head norms
  Tensor qkv_NC;                                                    ///< after rope
  Attended attended;
  Tensor middle_ND, post_rstd_N;
  Tensor gate_up_N2F;
};

struct BlockForward {
  Tensor y_ND;
  BlockSaved saved;
};

class Block {
 public:
  Block(const config::ModelConfig& config, int64_t layer) : config_(config), layer_(layer) {}

  BlockForward forward(const UnitTensors& weights, const Tensor& x_ND, const Sequences& sequences) const;

  /// Returns dx. Weight gradients go straight into `gradients` (+= or =); saved tensors are used up.
  Tensor backward(const UnitTensors& weights, BlockSaved saved, const Tensor& dy_ND,
                  const Sequences& sequences, const UnitTensors& gradients, Accumulate mode) const;

 private:
  Tensor backward_mlp(const UnitTensors& weights, BlockSaved& saved, const Tensor& dy,
                      const UnitTensors& gradients, Accumulate mode) const;
  Tensor backward_attention(const UnitTensors& weights, BlockSaved& saved, const Tensor& dmiddle,
                            const Sequences& sequences, const UnitTensors& gradients, Accumulate mode) const;

  const config::ModelConfig& config_;
  int64_t layer_;
};

}  // namespace fullshard::model
