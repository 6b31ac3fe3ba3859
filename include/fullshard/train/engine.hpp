#pragma once
// All parts that compute, in the order in which they stand on each other: the order is their lifetime.

#include <optional>

#include "fullshard/comm/mesh_collectives.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/mesh/mesh.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/shard/gather_ring.hpp"
#include "fullshard/shard/grad_ring.hpp"
#include "fullshard/train/sharding.hpp"
#include "fullshard/train/step_loop.hpp"

namespace fullshard::train {

struct Engine {
  /// Slices are not filled yet. What allocates is agreed on part by part.
  ///
  /// Collective  over `world`
  /// Throws      on every rank if memory is short on any
  Engine(const config::ModelConfig& model, const config::RunConfig& run, const mpi::Communicator& world,
         shard::Purpose purpose);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  mesh::Coordinates here() const { return mesh.at(rank); }

  WorldRank rank;
  DeviceId device;
  model::ModelSpec spec;
  mesh::Mesh mesh;
  ShardingChoice sharding;
  comm::MeshCollectives axes;
  shard::ParamStore store;
  shard::GatherRing ring;
  shard::GradRing gradients;
  StepLoop loop;
};

/// The mesh of the job, cut into `nodes` if given: machines are told apart by shared memory. Collective over
/// `world`. Throws ConfigError, the same on all ranks.
mesh::Mesh discover_mesh(const mpi::Communicator& world, std::optional<int64_t> nodes);

}  // namespace fullshard::train
