#pragma once
// Causal grouped-query attention in blocks of queries, by GEMMs; scores never exist for more than one block
// of one head. After FlashAttention, Dao et al., arXiv:2205.14135, without its online softmax: a block's rows
// are whole.
//
// Shapes: B sequences, T tokens, N = B·T, H query heads, K key heads, dh head width.

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace fullshard::model {

struct AttentionShape {
  int64_t rows, length;             ///< B, T
  int64_t num_heads, num_kv_heads;  ///< H, K; K divides H
  int64_t head_dim;
  int64_t window;  ///< newest positions a query sees, itself included; 0: all earlier ones
};

/// qkv [N, (H+2K)·dh]: queries, keys, values side by side. Returns [N, H·dh].
at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape);

/// Returns dqkv, given the output and its gradient [N, H·dh]. Probabilities are computed again.
at::Tensor attention_backward(const at::Tensor& qkv, const at::Tensor& out, const at::Tensor& dout,
                              const AttentionShape& shape);

}  // namespace fullshard::model
