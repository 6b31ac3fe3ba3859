#pragma once

#include "fullshard/model/attention.hpp"

namespace fullshard::model::aten {

/// attention() where ATen computes: FlashAttention-2 for bf16 and fp16 on CUDA and heads that it takes,
/// otherwise blocks of queries by batched products in acc.
Attended attention(const at::Tensor& qkv, const Segments& segments, const AttentionShape& shape);
at::Tensor attention_backward(const at::Tensor& qkv, const Attended& attended, const at::Tensor& dout,
                              const Segments& segments, const AttentionShape& shape);

}  // namespace fullshard::model::aten
