#pragma once
// Small configurations with awkward sizes, and random tensors for them.

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "fullshard/core/rng.hpp"
#include "fullshard/model/model_spec.hpp"
#include "fullshard/model/unit_tensors.hpp"

namespace fullshard::test {

inline config::ModelConfig tiny_config() {
  config::ModelConfig c;
  c.vocab_size = 67;
  c.hidden_size = 24;
  c.intermediate_size = 40;
  c.num_layers = 3;
  c.num_heads = 4;
  c.num_kv_heads = 2;
  c.head_dim = 6;
  c.max_position_embeddings = 512;
  return c;
}

struct NamedConfig {
  std::string name;
  config::ModelConfig config;
};

/// One configuration per thing that families differ in.
inline std::vector<NamedConfig> tiny_configs() {
  std::vector<NamedConfig> all;
  const auto add = [&](const char* name, auto change) {
    config::ModelConfig c = tiny_config();
    change(c);
    all.push_back({name, c});
  };
  add("llama", [](auto&) {});
  add("tied", [](auto& c) { c.tied = true; });
  add("one_kv_head", [](auto& c) { c.num_kv_heads = 1; });
  add("no_grouping", [](auto& c) { c.num_kv_heads = 4; });
  add("qwen2_biases", [](auto& c) { c.qkv_bias = true; });
  add("all_biases", [](auto& c) { c.qkv_bias = c.o_bias = c.mlp_bias = true; });
  add("qwen3_head_norms", [](auto& c) { c.qk_norm = true, c.head_dim = 10; });
  add("sliding_window", [](auto& c) { c.sliding_window = {5, 0, 150}; });
  add("joined_gemms",
      [](auto& c) { c.hidden_size = 64, c.head_dim = 16, c.num_kv_heads = 2, c.intermediate_size = 96; });
  return all;
}

/// Uninitialised tensors of a unit in one flat buffer, aligned as the trainer lays them out.
inline model::UnitTensors flat_tensors(const model::UnitSpec& unit) {
  std::vector<int64_t> offsets;
  int64_t size = 0;
  for (const auto& p : unit.params) {
    offsets.push_back(size);
    size = round_up(size + p.size().value, 2048);
  }
  const at::Tensor flat = at::empty({size}, at::kDouble);
  model::UnitTensors t;
  for (size_t i = 0; i < unit.params.size(); ++i)
    t.set(unit.params[i].role,
          flat.narrow(0, offsets[i], unit.params[i].size().value).view(unit.params[i].shape));
  return t;
}

/// Normal numbers times `scale` (plus 1 for norms), fp64.
inline model::UnitTensors random_tensors(const model::UnitSpec& unit, uint64_t seed, double scale = 0.3) {
  model::UnitTensors t = flat_tensors(unit);
  uint64_t stream = 0;
  for (const auto& p : unit.params) {
    double* x = t[p.role].mutable_data_ptr<double>();
    const CounterRng rng(seed, ++stream);
    for (int64_t i = 0; i < p.size().value; ++i)
      x[i] = scale * rng.normal(static_cast<uint64_t>(i)) + (p.init == tensor::Init::Ones ? 1 : 0);
  }
  return t;
}

inline at::Tensor random_matrix(int64_t rows, int64_t columns, uint64_t seed) {
  at::Tensor x = at::empty({rows, columns}, at::kDouble);
  const CounterRng rng(seed, 99);
  for (int64_t i = 0; i < x.numel(); ++i)
    x.mutable_data_ptr<double>()[i] = rng.normal(static_cast<uint64_t>(i));
  return x;
}

/// ‖a − b‖ / ‖b‖ in fp64.
inline double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(at::kCPU, at::kDouble), y = b.to(at::kCPU, at::kDouble);
  const double norm = y.norm().item<double>();
  return (x - y).norm().item<double>() / (norm > 0 ? norm : 1);
}

}  // namespace fullshard::test
