#include "fullshard/train/engine.hpp"

#include "fullshard/device/gpus.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/tensor/torch_bridge.hpp"
#include "fullshard/train/device.hpp"
#include "fullshard/train/memory_plan.hpp"

namespace fullshard::train {

namespace {

// The same number everywhere: what is free where there is least, of a host's memory an equal part.
Bytes memory_of_a_rank(const mpi::Communicator& world, DeviceId device) {
  const int64_t free = device.is_host() ? available_memory().value / world.split_shared().size()
                                        : device::memory_of(device).free.value;
  return {world.min(free)};
}

}  // namespace

mesh::Mesh discover_mesh(const mpi::Communicator& world, std::optional<int64_t> nodes) {
  // A machine's name here is the lowest rank on it: host names of containers may repeat.
  const int64_t machine = world.split_shared().min(int64_t{world.rank()});
  const std::vector<std::string> machines = world.all_gather(std::to_string(machine));
  return nodes ? mesh::Mesh::from_hosts(machines, static_cast<int>(*nodes))
               : mesh::Mesh::from_hosts(machines);
}

Engine::Engine(const config::ModelConfig& model, const config::RunConfig& run, const mpi::Communicator& world,
               shard::Purpose purpose)
    : rank(world.rank()),
      device(choose_device(world, run.use_cpu)),
      spec(mpi::together(world, [&] { return model::ModelSpec(model); })),
      mesh(discover_mesh(world, run.sharding.mesh_nodes)),
      sharding(choose_sharding(
          run.sharding, mesh,
          {spec.num_parameters(), compute_dtype(run.precision), memory_of_a_rank(world, device)})),
      axes(world, mesh, transfers(run.sharding, device)),
      store(mpi::together(world,
                          [&] {
                            return shard::ParamStore(
                                spec, mesh, rank, axes,
                                {.strategy = sharding.strategy,
                                 .compute = compute_dtype(run.precision),
                                 .purpose = purpose,
                                 .persistence_threshold = {run.sharding.persistence_threshold}});
                          })),
      ring(mpi::together(
          world,
          [&] { return shard::GatherRing(store, axes, ring_options(run.sharding, model.num_layers)); })),
      gradients(
          mpi::together(world, [&] { return shard::GradRing(store, axes, reduction_of(run.sharding)); })),
      loop(mpi::together(world, [&] {
        return StepLoop(
            spec,
            at::TensorOptions(tensor::scalar_type(store.compute_dtype())).device(tensor::aten_device(device)),
            ring, gradients, run.recompute == config::Recompute::Full ? Recompute::Full : Recompute::None);
      })) {}

}  // namespace fullshard::train
