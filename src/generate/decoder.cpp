#include "fullshard/generate/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/core/check.hpp"
#include "fullshard/model/attention.hpp"
#include "fullshard/model/embedding.hpp"
#include "fullshard/model/head.hpp"
#include "fullshard/model/projection.hpp"
#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::generate {

using at::Tensor;
using model::TokenRotation;
using tensor::Role;

Decoder::Decoder(const model::ModelSpec& spec, const shard::ParamStore& params)
    : spec_(spec), type_(tensor::scalar_type(params.compute_dtype())), cache_(spec.config, type_) {
  for (int u = 0; u < static_cast<int>(spec.units.size()); ++u) {
    const UnitIndex unit(u);
    FS_CHECK(params.working(unit).count == params.layout(unit).padded(), "unit {} is not whole", u);
    units_.push_back(params.weights(unit, params.working(unit)));
  }
}

Tensor Decoder::prefill(std::span<const int32_t> ids) {
  if (ids.empty())
    throw Error(ExitCode::Refused,
                "expected at least one token to start from, found an empty prompt; give text");
  check_ids(ids);
  cache_.clear();
  return advance(ids);
}

Tensor Decoder::step(int32_t id) {
  FS_CHECK(length() > 0, "step before prefill");
  const std::span<const int32_t> ids(&id, 1);
  check_ids(ids);
  return advance(ids);
}

void Decoder::check_ids(std::span<const int32_t> ids) const {
  for (int32_t id : ids)
    if (id < 0 || id >= spec_.config.vocab_size)
      throw Error(
          ExitCode::Refused,
          fmt::format(
              "expected token ids below the model's vocabulary of {}, found {}; use the tokenizer that "
              "belongs to the model",
              spec_.config.vocab_size, id));
}

Tensor Decoder::advance(std::span<const int32_t> ids) {
  const auto n = static_cast<int64_t>(ids.size());
  const auto unit = [&](UnitIndex u) -> const model::UnitTensors& {
    return units_[static_cast<size_t>(u.value)];
  };
  cache_.extend(n);
  cover_with_rope();
  const TokenRotation newest = model::rotation_of(rope_, length() - n, n);
  Tensor x = model::embed(unit(spec_.embed_unit()), ids);
  for (int64_t layer = 0; layer < spec_.config.num_layers; ++layer) x = block(layer, x, newest);
  return model::Head(spec_.config).logits(unit(spec_.head_unit()), x.narrow(0, n - 1, 1))[0];
}

Tensor Decoder::block(int64_t layer, const Tensor& x, const TokenRotation& newest) {
  const config::ModelConfig& c = spec_.config;
  const model::UnitTensors& w = units_[static_cast<size_t>(spec_.block_unit(layer).value)];
  const int64_t query_width = c.num_heads * c.head_dim, key_width = c.num_kv_heads * c.head_dim;
  const double eps = c.rms_norm_eps;
  const Tensor qkv =
      model::project(model::rms_norm(x, w[Role::InputNorm], eps, type_).y_ND, w, model::kQueryKeyValue);
  const Tensor q = qkv.narrow(1, 0, query_width);
  if (c.qk_norm) {
    model::head_norm_in_place(q, w[Role::QueryNorm], eps);
    model::head_norm_in_place(qkv.narrow(1, query_width, key_width), w[Role::KeyNorm], eps);
  }
  model::rope_in_place(qkv.narrow(1, 0, query_width + key_width), c.head_dim, newest, model::Rotate::Forward);
  const Tensor keys_values = cache_.store(layer, qkv.narrow(1, query_width, 2 * key_width));
  const Tensor seen = model::attention_of_newest(
      q, keys_values, {c.num_heads, c.num_kv_heads, c.head_dim, model::window_of(c, layer)});
  const Tensor middle = model::project_onto(x, seen, w, model::kAttentionOutput);
  const Tensor h = model::rms_norm(middle, w[Role::PostNorm], eps, type_).y_ND;
  return model::project_onto(middle, model::silu_mul(model::project(h, w, model::kGateUp)), w, model::kDown);
}

void Decoder::cover_with_rope() {
  const config::ModelConfig& c = spec_.config;
  // Up to the original length dynamic scaling changes nothing; beyond it each length has tables of its own.
  const bool dynamic = c.rope.kind == config::RopeKind::Dynamic;
  const bool own = dynamic && length() > c.max_position_embeddings;
  const int64_t ample = dynamic ? std::min(cache_.capacity(), c.max_position_embeddings) : cache_.capacity();
  const int64_t wanted = own ? length() : ample;
  const bool usable = own ? rope_length_ == wanted : rope_length_ >= length() && rope_length_ <= ample;
  if (usable) return;
  rope_ = model::make_rope_table(c, wanted, model::acc_type(type_));
  rope_length_ = wanted;
}

}  // namespace fullshard::generate
