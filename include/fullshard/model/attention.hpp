#pragma once
// Causal grouped-query attention in blocks of queries, by GEMMs; scores never exist for more than one block
// of one head. After FlashAttention, Dao et al., arXiv:2205.14135, without its online softmax: a block's rows
// are whole.
//
// Shapes: N tokens of S sequences, H query heads, K key heads, dh head width.

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "fullshard/config/model_config.hpp"
#include "fullshard/model/segments.hpp"

namespace fullshard::model {

struct AttentionShape {
  int64_t num_heads, num_kv_heads;  ///< H, K; K divides H
  int64_t head_dim;
  int64_t window;  ///< newest positions a query sees, itself included; 0: all earlier ones
};

/// The window of a layer, 0 where it sees everything.
inline int64_t window_of(const config::ModelConfig& config, int64_t layer) {
  return config.sliding_window.empty() ? 0 : config.sliding_window[static_cast<size_t>(layer)];
}

/// What a backward needs of attention besides its input.
struct Attended {
  at::Tensor out;        ///< [N, H·dh]
  at::Tensor logsumexp;  ///< of the scores, [H,N], where FlashAttention computed; otherwise undefined
};

/// qkv [N, (H+2K)·dh]: queries, keys, values side by side. A token sees its own sequence alone.
Attended attention(const at::Tensor& qkv, const Segments& segments, const AttentionShape& shape);

/// The newest tokens of one sequence against all of it, when keys and values of earlier ones are at hand: q
/// [n, H·dh] are the queries of the last n of T tokens, keys_values [T, 2K·dh] keys beside values. Returns
/// [n, H·dh]. For generation: on the host alone.
at::Tensor attention_of_newest(const at::Tensor& q, const at::Tensor& keys_values,
                               const AttentionShape& shape);

/// Returns dqkv, given what attention() returned and the gradient [N, H·dh] of its output. Probabilities are
/// computed again.
at::Tensor attention_backward(const at::Tensor& qkv, const Attended& attended, const at::Tensor& dout,
                              const Segments& segments, const AttentionShape& shape);

}  // namespace fullshard::model
