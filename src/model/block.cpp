#include "fullshard/model/block.hpp"

#include "fullshard/model/projection.hpp"

namespace fullshard::model {

namespace {

using config::ModelConfig;

constexpr Role kVectors[] = {Role::InputNorm, Role::PostNorm, Role::QueryNorm, Role::KeyNorm,
                             Role::QueryBias, Role::KeyBias,  Role::ValueBias, Role::AttentionOutputBias,
                             Role::GateBias,  Role::UpBias,   Role::DownBias};

AttentionShape shape_of(const ModelConfig& c, int64_t layer) {
  return {c.num_heads, c.num_kv_heads, c.head_dim, window_of(c, layer)};
}

Tensor queries(const ModelConfig& c, const Tensor& qkv) {
  return qkv.narrow(1, 0, c.num_heads * c.head_dim);
}
Tensor keys(const ModelConfig& c, const Tensor& qkv) {
  return qkv.narrow(1, c.num_heads * c.head_dim, c.num_kv_heads * c.head_dim);
}
Tensor queries_and_keys(const ModelConfig& c, const Tensor& qkv) {
  return qkv.narrow(1, 0, (c.num_heads + c.num_kv_heads) * c.head_dim);
}

// What the projections after a norm read, in their type.
Normed normed(const ModelConfig& c, const UnitTensors& w, Role norm, const Tensor& x) {
  return rms_norm(x, w[norm], c.rms_norm_eps, w[Role::Down].scalar_type());
}

// Gradients of norms and biases are always added; a fresh slot starts at zero.
void clear_vectors(const UnitTensors& gradients) {
  for (Role role : kVectors)
    if (gradients.has(role)) gradients[role].zero_();
}

}  // namespace

BlockForward Block::forward(const UnitTensors& w, const Tensor& x, const Sequences& sequences) const {
  BlockSaved s;
  s.x_ND = x;
  Normed h = normed(config_, w, Role::InputNorm, x);
  s.input_rstd_N = h.rstd_N;
  s.qkv_NC = project(h.y_ND, w, kQueryKeyValue);
  if (config_.qk_norm) {
    Normed q = head_norm_in_place(queries(config_, s.qkv_NC), w[Role::QueryNorm], config_.rms_norm_eps);
    Normed k = head_norm_in_place(keys(config_, s.qkv_NC), w[Role::KeyNorm], config_.rms_norm_eps);
    s.query_before_norm = q.y_ND, s.query_rstd = q.rstd_N, s.key_before_norm = k.y_ND, s.key_rstd = k.rstd_N;
  }
  rope_in_place(queries_and_keys(config_, s.qkv_NC), config_.head_dim, sequences.rotation, Rotate::Forward);
  s.attended = attention(s.qkv_NC, sequences.segments, shape_of(config_, layer_));
  s.middle_ND = project_onto(x, s.attended.out, w, kAttentionOutput);

  h = normed(config_, w, Role::PostNorm, s.middle_ND);
  s.post_rstd_N = h.rstd_N;
  s.gate_up_N2F = project(h.y_ND, w, kGateUp);
  Tensor y = project_onto(s.middle_ND, silu_mul(s.gate_up_N2F), w, kDown);
  return {std::move(y), std::move(s)};
}

Tensor Block::backward(const UnitTensors& w, BlockSaved s, const Tensor& dy, const Sequences& sequences,
                       const UnitTensors& gradients, Accumulate mode) const {
  if (mode == Accumulate::Overwrite) clear_vectors(gradients);
  const Tensor dmiddle = backward_mlp(w, s, dy, gradients, mode);
  return backward_attention(w, s, dmiddle, sequences, gradients, mode);
}

Tensor Block::backward_mlp(const UnitTensors& w, BlockSaved& s, const Tensor& dy,
                           const UnitTensors& gradients, Accumulate mode) const {
  const Tensor dy_low = dy.to(s.gate_up_N2F.scalar_type());
  const Tensor a = project_backward_input(dy_low, w, kDown);  // da, then a
  silu_mul_backward(s.gate_up_N2F, a);                        // gate and up become their gradients
  project_backward_weights(dy_low, a, gradients, kDown, mode);
  const Tensor h = normed(config_, w, Role::PostNorm, s.middle_ND).y_ND;
  project_backward_weights(s.gate_up_N2F, h, gradients, kGateUp, mode);
  const Tensor dh = project_backward_input(s.gate_up_N2F, w, kGateUp);
  Tensor dmiddle = dy.clone();
  rms_norm_backward(dh, s.middle_ND, s.post_rstd_N, w[Role::PostNorm], dmiddle, Accumulate::Add,
                    gradients[Role::PostNorm]);
  s.gate_up_N2F.reset();
  return dmiddle;
}

Tensor Block::backward_attention(const UnitTensors& w, BlockSaved& s, const Tensor& dmiddle,
                                 const Sequences& sequences, const UnitTensors& gradients,
                                 Accumulate mode) const {
  const Tensor dmiddle_low = dmiddle.to(s.qkv_NC.scalar_type());
  project_backward_weights(dmiddle_low, s.attended.out, gradients, kAttentionOutput, mode);
  const Tensor dout = project_backward_input(dmiddle_low, w, kAttentionOutput);
  const Tensor dqkv =
      attention_backward(s.qkv_NC, s.attended, dout, sequences.segments, shape_of(config_, layer_));
  rope_in_place(queries_and_keys(config_, dqkv), config_.head_dim, sequences.rotation, Rotate::Backward);
  if (config_.qk_norm) {
    head_norm_backward_in_place(queries(config_, dqkv), s.query_before_norm, s.query_rstd, w[Role::QueryNorm],
                                gradients[Role::QueryNorm]);
    head_norm_backward_in_place(keys(config_, dqkv), s.key_before_norm, s.key_rstd, w[Role::KeyNorm],
                                gradients[Role::KeyNorm]);
  }
  const Tensor h = normed(config_, w, Role::InputNorm, s.x_ND).y_ND;
  project_backward_weights(dqkv, h, gradients, kQueryKeyValue, mode);
  const Tensor dh = project_backward_input(dqkv, w, kQueryKeyValue);
  rms_norm_backward(dh, s.x_ND, s.input_rstd_N, w[Role::InputNorm], dmiddle, Accumulate::Add,
                    gradients[Role::InputNorm]);
  return dmiddle;
}

}  // namespace fullshard::model
