#pragma once
// What a step sends between nodes, found by walking the engine's own rings on paper.

#include "fullshard/config/run_config.hpp"
#include "fullshard/mesh/mesh.hpp"
#include "fullshard/model/model_spec.hpp"
#include "fullshard/shard/strategy.hpp"

namespace fullshard::train {

struct TrafficQuestion {
  const model::ModelSpec& spec;
  const mesh::Mesh& mesh;
  const config::RunConfig& run;
  shard::Strategy strategy;
  int64_t micro_batches;  ///< of an update, all ranks together
  DeviceId device = kHost;
};

/// Bytes that all ranks of the first node send to other nodes in one step after the first: gathers and
/// reductions of units, and the norm weights and biases. Sums of single numbers are not in it.
Bytes sent_between_nodes(const TrafficQuestion& question);

}  // namespace fullshard::train
