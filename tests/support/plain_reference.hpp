#pragma once
// A transformer in plain ATen operations, differentiated by autograd: the referee of our written-out
// backwards.

#include <ATen/ATen.h>

#include "fullshard/model/sequences.hpp"
#include "fullshard/model/unit_tensors.hpp"

namespace fullshard::test {

using at::Tensor;
using model::Role;

inline Tensor plain_norm(const Tensor& x, const Tensor& w, double eps) {
  return x * (x.pow(2).mean(-1, true) + eps).rsqrt() * w;
}

inline Tensor plain_linear(const Tensor& x, const model::UnitTensors& w, Role weight, Role bias) {
  const Tensor y = x.matmul(w[weight].t());
  return w.has(bias) ? y + w[bias] : y;
}

inline Tensor plain_rope(const Tensor& x_BHTd, const model::RopeTable& rope) {
  const Tensor cosine = at::cat({rope.cosine, rope.cosine}, -1), sine = at::cat({rope.sine, rope.sine}, -1);
  const auto halves = x_BHTd.chunk(2, -1);
  return x_BHTd * cosine + at::cat({-halves[1], halves[0]}, -1) * sine;
}

inline Tensor plain_attention(const config::ModelConfig& c, const Tensor& q_BHTd, const Tensor& k_BKTd,
                              const Tensor& v_BKTd, int64_t window) {
  const int64_t T = q_BHTd.size(2), group = c.num_heads / c.num_kv_heads;
  const Tensor k = k_BKTd.repeat_interleave(group, 1), v = v_BKTd.repeat_interleave(group, 1);
  Tensor s = q_BHTd.matmul(k.transpose(2, 3)) / std::sqrt(static_cast<double>(c.head_dim));
  const Tensor i = at::arange(T).view({T, 1}), j = at::arange(T).view({1, T});
  Tensor hidden = j > i;
  if (window > 0) hidden = hidden.logical_or(i - j >= window);
  return s.masked_fill(hidden, -INFINITY).softmax(-1).matmul(v);
}

/// Of sequences of one length.
inline Tensor plain_block(const config::ModelConfig& c, const model::UnitTensors& w, const Tensor& x_ND,
                          const model::Sequences& s, int64_t window) {
  const int64_t rows = s.segments.count(), length = s.segments.longest();
  const auto heads = [&](const Tensor& t, int64_t n) {
    return t.view({rows, length, n, c.head_dim}).transpose(1, 2);
  };
  const Tensor h = plain_norm(x_ND, w[Role::InputNorm], c.rms_norm_eps);
  Tensor q = heads(plain_linear(h, w, Role::Query, Role::QueryBias), c.num_heads);
  Tensor k = heads(plain_linear(h, w, Role::Key, Role::KeyBias), c.num_kv_heads);
  const Tensor v = heads(plain_linear(h, w, Role::Value, Role::ValueBias), c.num_kv_heads);
  if (c.qk_norm) {
    q = plain_norm(q, w[Role::QueryNorm], c.rms_norm_eps);
    k = plain_norm(k, w[Role::KeyNorm], c.rms_norm_eps);
  }
  const Tensor o =
      plain_attention(c, plain_rope(q, s.rotation.rope), plain_rope(k, s.rotation.rope), v, window)
          .transpose(1, 2)
          .reshape({x_ND.size(0), -1});
  const Tensor m = x_ND + plain_linear(o, w, Role::AttentionOutput, Role::AttentionOutputBias);
  const Tensor h2 = plain_norm(m, w[Role::PostNorm], c.rms_norm_eps);
  const Tensor a =
      at::silu(plain_linear(h2, w, Role::Gate, Role::GateBias)) * plain_linear(h2, w, Role::Up, Role::UpBias);
  return m + plain_linear(a, w, Role::Down, Role::DownBias);
}

}  // namespace fullshard::test
