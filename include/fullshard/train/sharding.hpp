#pragma once
// From the run file's `sharding` to a strategy for the mesh at hand.

#include "fullshard/config/run_config.hpp"
#include "fullshard/mesh/mesh.hpp"
#include "fullshard/shard/gather_ring.hpp"
#include "fullshard/shard/grad_ring.hpp"
#include "fullshard/shard/strategy.hpp"

namespace fullshard::train {

/// What `auto` weighs: a rank's share of the state of the model against the memory there is.
struct StateSizes {
  int64_t parameters;
  DType compute;
  Bytes available_per_rank;
};

struct ShardingChoice {
  shard::Strategy strategy;
  std::string why;  ///< one sentence for the header; empty where the user chose
};

/// Throws ConfigError where the mesh cannot do what is asked.
ShardingChoice choose_sharding(const config::Sharding& sharding, const mesh::Mesh& mesh,
                               const StateSizes& sizes);

/// Weights that compute, master weights, moments and gradients of one rank, padding aside.
Bytes state_per_rank(const shard::Strategy& strategy, const mesh::Mesh& mesh, const StateSizes& sizes);

DType compute_dtype(config::Precision precision);
shard::Reduction reduction_of(const config::Sharding& sharding);
shard::RingOptions ring_options(const config::Sharding& sharding, int64_t num_blocks);
comm::Transfers transfers(const config::Sharding& sharding, DeviceId device);

}  // namespace fullshard::train
