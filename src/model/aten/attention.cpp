#include "model/aten/attention.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/_flash_attention_backward.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "fullshard/model/ops.hpp"

// Shapes here: N tokens of all sequences, T of one, K key heads, G query heads of each, H = K·G, dh head
// width; n queries of a block, S keys that any of them sees.

namespace fullshard::model::aten {

namespace {

using at::Tensor;

double scale_of(const AttentionShape& s) {
  return 1 / std::sqrt(static_cast<double>(s.head_dim));
}

// FlashAttention-2 as LibTorch has it: Dao, arXiv:2307.08691.
namespace flash {

bool computes(const Tensor& qkv, const AttentionShape& s) {
  const at::ScalarType type = qkv.scalar_type();
  return qkv.is_cuda() && (type == at::kBFloat16 || type == at::kHalf) && s.head_dim % 8 == 0 &&
         s.head_dim <= 256;
}

struct Heads {
  Tensor q, k, v;
};

// [N,heads,dh], no copies.
Heads heads_of(const Tensor& qkv, const AttentionShape& s) {
  const Tensor all = qkv.view({qkv.size(0), s.num_heads + 2 * s.num_kv_heads, s.head_dim});
  return {all.narrow(1, 0, s.num_heads), all.narrow(1, s.num_heads, s.num_kv_heads),
          all.narrow(1, s.num_heads + s.num_kv_heads, s.num_kv_heads)};
}

// Earlier positions that a query sees besides its own.
std::optional<int64_t> window_left(const Segments& segments, const AttentionShape& s) {
  return s.window > 0 && s.window < segments.longest() ? std::optional(s.window - 1) : std::nullopt;
}
std::optional<int64_t> window_right(const Segments& segments, const AttentionShape& s) {
  return window_left(segments, s) ? std::optional<int64_t>(0) : std::nullopt;
}

// Without this the backward adds parts of dq by atomics, in any order. The switch is the process's: on for
// one call, and put back, for it also makes other operations refuse or fill their results first.
class FixedOrder {
 public:
  FixedOrder() {
    context_.setDeterministicAlgorithms(true, /*warn_only=*/false);
    context_.setDeterministicFillUninitializedMemory(false);
  }
  ~FixedOrder() {
    context_.setDeterministicAlgorithms(before_, warn_only_before_);
    context_.setDeterministicFillUninitializedMemory(fill_before_);
  }
  FixedOrder(const FixedOrder&) = delete;
  FixedOrder& operator=(const FixedOrder&) = delete;

 private:
  at::Context& context_ = at::globalContext();
  bool before_ = context_.deterministicAlgorithms();
  bool warn_only_before_ = context_.deterministicAlgorithmsWarnOnly();
  bool fill_before_ = context_.deterministicFillUninitializedMemory();
};

Attended forward(const Tensor& qkv, const Segments& segments, const AttentionShape& s) {
  const Heads h = heads_of(qkv, s);
  const Tensor& starts = segments.on_device();
  auto [out, logsumexp, rng_state, unused, mask] = at::_flash_attention_forward(
      h.q, h.k, h.v, starts, starts, segments.longest(), segments.longest(), /*dropout_p=*/0.0,
      /*is_causal=*/true, /*return_debug_mask=*/false, scale_of(s), window_left(segments, s),
      window_right(segments, s));
  return {out.reshape({segments.tokens(), s.num_heads * s.head_dim}), std::move(logsumexp)};
}

Tensor backward(const Tensor& qkv, const Attended& attended, const Tensor& dout, const Segments& segments,
                const AttentionShape& s) {
  const Heads h = heads_of(qkv, s);
  const Tensor& starts = segments.on_device();
  const auto by_heads = [&](const Tensor& x) { return x.view({x.size(0), s.num_heads, s.head_dim}); };
  const Tensor no_dropout = at::empty({2}, qkv.options().dtype(at::kUInt64));  // never read at dropout 0
  const FixedOrder fixed_order;
  const auto [dq, dk, dv] = at::_flash_attention_backward(
      by_heads(dout), h.q, h.k, h.v, by_heads(attended.out), attended.logsumexp, starts, starts,
      segments.longest(), segments.longest(), /*dropout_p=*/0.0, /*is_causal=*/true, no_dropout, no_dropout,
      scale_of(s), window_left(segments, s), window_right(segments, s));
  Tensor dqkv = at::empty_like(qkv);
  const Heads d = heads_of(dqkv, s);
  d.q.copy_(dq);
  d.k.copy_(dk);
  d.v.copy_(dv);
  return dqkv;
}

}  // namespace flash

constexpr int64_t kQueryBlock = 128;

// One sequence's heads of a matrix [N, heads·dh]: views of it, so that they can be written.
class SequenceHeads {
 public:
  SequenceHeads(const AttentionShape& s, const Segments& segments, int64_t sequence)
      : s_(s), first_(segments.first(sequence)), length_(segments.length(sequence)) {}
  /// [K,G,T,dh]
  Tensor queries(const Tensor& x) const {
    return heads(x, 0, s_.num_heads).unflatten(0, {s_.num_kv_heads, s_.num_heads / s_.num_kv_heads});
  }
  /// [K,T,dh]
  Tensor keys(const Tensor& qkv) const { return heads(qkv, s_.num_heads, s_.num_kv_heads); }
  Tensor values(const Tensor& qkv) const {
    return heads(qkv, s_.num_heads + s_.num_kv_heads, s_.num_kv_heads);
  }

 private:
  Tensor heads(const Tensor& x, int64_t first, int64_t count) const {
    return x.narrow(0, first_, length_)
        .narrow(1, first * s_.head_dim, count * s_.head_dim)
        .unflatten(1, {count, s_.head_dim})
        .transpose(0, 1);
  }
  const AttentionShape& s_;
  int64_t first_, length_;
};

// n queries, and the S keys that any of them sees.
struct Block {
  Block(const AttentionShape& s, int64_t first_, int64_t length)
      : first(first_), count(std::min(kQueryBlock, length - first)), shape(s) {
    key_first = s.window > 0 ? std::max<int64_t>(0, first + 1 - s.window) : 0;
    key_count = first + count - key_first;
  }

  /// Of [K,G,T,dh], in acc: [K, G·n, dh], so that the query heads of a key head are rows of one product.
  Tensor queries(const Tensor& x) const {
    return x.narrow(2, first, count)
        .to(acc_type(x.scalar_type()))
        .reshape({x.size(0), x.size(1) * count, x.size(3)});
  }
  void write_queries(const Tensor& x, const Tensor& rows) const {
    x.narrow(2, first, count).copy_(rows.view({x.size(0), x.size(1), count, x.size(3)}));
  }
  /// Of [K,T,dh]: [K,S,dh]
  Tensor keys(const Tensor& x) const { return x.narrow(1, key_first, key_count); }

  /// [K, G·n, S]
  Tensor probabilities(const Tensor& q, const Tensor& k) const {
    Tensor scores = at::bmm(q, keys(k).transpose(1, 2)).mul_(scale_of(shape));
    const auto options = q.options().dtype(at::kLong);
    const Tensor t = at::arange(first, first + count, options).unsqueeze(1),
                 j = at::arange(key_first, key_first + key_count, options);
    Tensor hidden = j.gt(t);
    if (shape.window > 0) hidden.bitwise_or_(j.le(t - shape.window));
    scores.view({-1, count, key_count}).masked_fill_(hidden, -std::numeric_limits<double>::infinity());
    return scores.softmax(-1);
  }

  int64_t first, count, key_first, key_count;
  const AttentionShape& shape;
};

template <class Body>
void for_each_block(const AttentionShape& s, int64_t length, const Body& body) {
  for (int64_t first = 0; first < length; first += kQueryBlock) body(Block(s, first, length));
}

void attend(const Tensor& qkv, const Tensor& out, const AttentionShape& s, const SequenceHeads& of) {
  const at::ScalarType acc = acc_type(qkv.scalar_type());
  const Tensor q = of.queries(qkv), o = of.queries(out);
  const Tensor k = of.keys(qkv).to(acc), v = of.values(qkv).to(acc);
  for_each_block(s, k.size(1), [&](const Block& block) {
    block.write_queries(o, at::bmm(block.probabilities(block.queries(q), k), block.keys(v)));
  });
}

void attend_backward(const Tensor& qkv, const Tensor& out, const Tensor& dout, const Tensor& dqkv,
                     const AttentionShape& s, const SequenceHeads& of) {
  const at::ScalarType acc = acc_type(qkv.scalar_type());
  const Tensor q = of.queries(qkv), o = of.queries(out), d = of.queries(dout), dq = of.queries(dqkv);
  const Tensor k = of.keys(qkv).to(acc), v = of.values(qkv).to(acc);
  const Tensor dk = at::zeros(k.sizes(), k.options()), dv = at::zeros(k.sizes(), k.options());
  for_each_block(s, k.size(1), [&](const Block& block) {
    const Tensor q_rows = block.queries(q), d_rows = block.queries(d);
    const Tensor p = block.probabilities(q_rows, k);
    const Tensor delta = (d_rows * block.queries(o)).sum(-1, /*keepdim=*/true);
    const Tensor ds = at::bmm(d_rows, block.keys(v).transpose(1, 2)).sub_(delta).mul_(p).mul_(scale_of(s));
    block.keys(dv).baddbmm_(p.transpose(1, 2), d_rows);
    block.keys(dk).baddbmm_(ds.transpose(1, 2), q_rows);
    block.write_queries(dq, at::bmm(ds, block.keys(k)));
  });
  of.keys(dqkv).copy_(dk);
  of.values(dqkv).copy_(dv);
}

}  // namespace

Attended attention(const Tensor& qkv, const Segments& segments, const AttentionShape& s) {
  if (flash::computes(qkv, s)) return flash::forward(qkv, segments, s);
  const at::NoTF32Guard no_tf32;  // see gemm.cpp
  Tensor out = at::empty({segments.tokens(), s.num_heads * s.head_dim}, qkv.options());
  for (int64_t i = 0; i < segments.count(); ++i) attend(qkv, out, s, SequenceHeads(s, segments, i));
  return {std::move(out), {}};
}

Tensor attention_backward(const Tensor& qkv, const Attended& attended, const Tensor& dout,
                          const Segments& segments, const AttentionShape& s) {
  if (flash::computes(qkv, s)) return flash::backward(qkv, attended, dout, segments, s);
  const at::NoTF32Guard no_tf32;
  Tensor dqkv = at::empty_like(qkv);
  for (int64_t i = 0; i < segments.count(); ++i)
    attend_backward(qkv, attended.out, dout, dqkv, s, SequenceHeads(s, segments, i));
  return dqkv;
}

}  // namespace fullshard::model::aten
