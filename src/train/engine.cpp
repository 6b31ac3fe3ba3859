#include "fullshard/train/engine.hpp"

#include "fullshard/mpi/agree.hpp"
#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::train {

namespace {

shard::Strategy strategy_of(const config::RunConfig& run, int ranks) {
  if (!run.sharding.strategy) return shard::strategy_named(ranks > 1 ? "zero3" : "ddp");
  return shard::strategy_named(*run.sharding.strategy == config::Strategy::Ddp ? "ddp" : "zero3");
}

DType compute_dtype(config::Precision p) {
  switch (p) {
    case config::Precision::Fp32:
      return DType::F32;
    case config::Precision::Bf16:
      return DType::BF16;
    case config::Precision::Fp64:
      return DType::F64;
  }
  FS_CHECK(false, "precision {}", static_cast<int>(p));
}

}  // namespace

mesh::Mesh discover_mesh(const mpi::Communicator& world) {
  // A machine's name here is the lowest rank on it: host names of containers may repeat.
  const int64_t machine = world.split_shared().min(int64_t{world.rank()});
  return mesh::Mesh::from_hosts(world.all_gather(std::to_string(machine)));
}

Engine::Engine(const config::ModelConfig& model, const config::RunConfig& run, const mpi::Communicator& world,
               shard::Purpose purpose)
    : rank(world.rank()),
      spec(mpi::together(world, [&] { return model::ModelSpec(model); })),
      mesh(discover_mesh(world)),
      collectives(comm::make_mpi_collectives(world.split(0, mesh.world_slice(rank)))),
      store(mpi::together(world,
                          [&] {
                            return shard::ParamStore(
                                spec, mesh, rank,
                                {strategy_of(run, world.size()), compute_dtype(run.precision), purpose});
                          })),
      ring(mpi::together(world,
                         [&] {
                           return shard::GatherRing(store, *collectives,
                                                    static_cast<int>(run.sharding.gather_ring_slots));
                         })),
      gradients(mpi::together(world, [&] { return shard::GradRing(store, *collectives); })),
      loop(mpi::together(world, [&] {
        return StepLoop(spec, tensor::scalar_type(store.compute_dtype()), ring, gradients,
                        run.recompute == config::Recompute::Full ? Recompute::Full : Recompute::None);
      })) {}

}  // namespace fullshard::train
