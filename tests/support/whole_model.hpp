#pragma once
// A model with random fp64 weights, whole on one rank.

#include "fullshard/mesh/mesh.hpp"
#include "fullshard/model/block.hpp"
#include "fullshard/model/embedding.hpp"
#include "fullshard/model/head.hpp"
#include "fullshard/shard/param_store.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::test {

struct WholeModel {
  explicit WholeModel(const config::ModelConfig& config)
      : spec(config), params(shard::ParamStore::alone(spec, DType::F64, shard::Purpose::Evaluate)) {
    for (size_t u = 0; u < spec.units.size(); ++u) {
      const auto random = random_tensors(spec.units[u], 7 + u);
      const auto mine = tensors(UnitIndex(static_cast<int>(u)));
      for (const auto& p : spec.units[u].params) mine[p.role].copy_(random[p.role]);
    }
  }
  model::UnitTensors tensors(UnitIndex u) const { return params.weights(u, params.working(u)); }

  /// [T,V], all positions at once, as in training.
  at::Tensor logits(const std::vector<int32_t>& ids) const {
    const auto one = model::Segments::alike(1, static_cast<int64_t>(ids.size()));
    const model::Sequences sequences(spec.config, one, at::kDouble);
    at::Tensor x = model::embed(tensors(spec.embed_unit()), ids);
    for (int64_t l = 0; l < spec.config.num_layers; ++l)
      x = model::Block(spec.config, l).forward(tensors(spec.block_unit(l)), x, sequences).y_ND;
    return model::Head(spec.config).logits(tensors(spec.head_unit()), x);
  }

  model::ModelSpec spec;
  shard::ParamStore params;
};

}  // namespace fullshard::test
