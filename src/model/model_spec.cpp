#include "fullshard/model/model_spec.hpp"

#include <fmt/format.h>

namespace fullshard::model {

namespace {

using config::ModelConfig;
using tensor::Init;
using tensor::Role;
using tensor::WeightDecay;

ParamSpec matrix(std::string name, Role role, int64_t rows, int64_t columns) {
  return {std::move(name), role, {rows, columns}, Init::Normal, WeightDecay::Yes};
}
ParamSpec norm(std::string name, Role role, int64_t size) {
  return {std::move(name), role, {size}, Init::Ones, WeightDecay::No};
}
ParamSpec bias(std::string name, Role role, int64_t size) {
  return {std::move(name), role, {size}, Init::Zeros, WeightDecay::No};
}

ParamSpec embedding(const ModelConfig& c) {
  return matrix("model.embed_tokens.weight", Role::Embedding, c.vocab_size, c.hidden_size);
}
ParamSpec final_norm(const ModelConfig& c) {
  return norm("model.norm.weight", Role::FinalNorm, c.hidden_size);
}

// Query, key and value lie side by side, and so do gate and up: neighbours in memory can be one GEMM.
UnitSpec block(const ModelConfig& c, int64_t layer) {
  const std::string at = fmt::format("model.layers.{}.", layer), attn = at + "self_attn.", mlp = at + "mlp.";
  const int64_t D = c.hidden_size, F = c.intermediate_size;
  const int64_t Dq = c.num_heads * c.head_dim, Dkv = c.num_kv_heads * c.head_dim;

  UnitSpec u{UnitKind::Block, fmt::format("block {}", layer), {}};
  auto add = [&](ParamSpec p) { u.params.push_back(std::move(p)); };
  add(norm(at + "input_layernorm.weight", Role::InputNorm, D));
  add(matrix(attn + "q_proj.weight", Role::Query, Dq, D));
  add(matrix(attn + "k_proj.weight", Role::Key, Dkv, D));
  add(matrix(attn + "v_proj.weight", Role::Value, Dkv, D));
  if (c.qkv_bias) {
    add(bias(attn + "q_proj.bias", Role::QueryBias, Dq));
    add(bias(attn + "k_proj.bias", Role::KeyBias, Dkv));
    add(bias(attn + "v_proj.bias", Role::ValueBias, Dkv));
  }
  if (c.qk_norm) {
    add(norm(attn + "q_norm.weight", Role::QueryNorm, c.head_dim));
    add(norm(attn + "k_norm.weight", Role::KeyNorm, c.head_dim));
  }
  add(matrix(attn + "o_proj.weight", Role::AttentionOutput, D, Dq));
  if (c.o_bias) add(bias(attn + "o_proj.bias", Role::AttentionOutputBias, D));
  add(norm(at + "post_attention_layernorm.weight", Role::PostNorm, D));
  add(matrix(mlp + "gate_proj.weight", Role::Gate, F, D));
  add(matrix(mlp + "up_proj.weight", Role::Up, F, D));
  add(matrix(mlp + "down_proj.weight", Role::Down, D, F));
  if (c.mlp_bias) {
    add(bias(mlp + "gate_proj.bias", Role::GateBias, F));
    add(bias(mlp + "up_proj.bias", Role::UpBias, F));
    add(bias(mlp + "down_proj.bias", Role::DownBias, D));
  }
  return u;
}

}  // namespace

ModelSpec::ModelSpec(const ModelConfig& c) : config(c) {
  if (c.tied)
    units.push_back({UnitKind::Tied, "tied", {embedding(c), final_norm(c)}});
  else
    units.push_back({UnitKind::Embed, "embed", {embedding(c)}});
  for (int64_t layer = 0; layer < c.num_layers; ++layer) units.push_back(block(c, layer));
  if (!c.tied)
    units.push_back(
        {UnitKind::Head,
         "head",
         {final_norm(c), matrix("lm_head.weight", Role::OutputProjection, c.vocab_size, c.hidden_size)}});
}

int64_t ModelSpec::num_parameters() const {
  int64_t n = 0;
  for (const UnitSpec& u : units)
    for (const ParamSpec& p : u.params) n += p.size().value;
  return n;
}

}  // namespace fullshard::model
