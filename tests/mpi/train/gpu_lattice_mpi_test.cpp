// The lattice in memory of the fake device: NCCL's body, lanes on streams, ATen's bodies. A slot that is used
// too early or too late, or a wait that is missing, makes wrong numbers.

#include "mpi/train/lattice.hpp"

#include "support/fake_gpu/device.hpp"
#include "support/judge.hpp"

namespace fullshard::train {

using test::judge_all_ranks;
using test::world;

namespace {

config::ModelConfig short_model(bool tied) {
  config::ModelConfig c = model_of(tied);
  c.num_layers = 2;
  return c;
}

}  // namespace

TEST(GpuLattice, every_strategy_on_every_mesh_is_ddp_on_one_rank) {
  const int64_t rows = 5;
  const config::ModelConfig model = short_model(false);
  const Result reference = alone(model, config::Precision::Fp64, config::Reduction::Fast, rows);
  for (const int nodes : meshes_here())
    for (const shard::Strategy& s : shard::all_strategies()) {
      const Result r =
          trained(model, run_of(s, nodes, config::Precision::Fp64, config::Reduction::Fast), world(), rows);
      judge_all_ranks([&] { return agrees(r, reference); }, text(s, nodes, rows));
    }
}

TEST(GpuLattice, ordered_sums_have_the_same_bits_on_every_layout) {
  const int64_t rows = 7;
  const config::ModelConfig model = short_model(true);
  const Result reference = alone(model, config::Precision::Bf16, config::Reduction::Ordered, rows);
  for (const int nodes : meshes_here())
    for (const char* name : {"ddp", "zero2", "zero3", "hybrid", "hierarchical"}) {
      const shard::Strategy s = shard::strategy_named(name);
      const Result r = trained(model, run_of(s, nodes, config::Precision::Bf16, config::Reduction::Ordered),
                               world(), rows);
      judge_all_ranks([&] { return equals(r, reference); }, text(s, nodes, rows));
    }
}

TEST(GpuLattice, deeper_rings_change_no_bit_and_nothing_is_left_on_the_device) {
  const config::ModelConfig model = short_model(false);
  const size_t before = test::fake_gpu::Device::get().allocated();
  config::RunConfig run =
      run_of(shard::strategy_named("zero3"), 1, config::Precision::Bf16, config::Reduction::Fast);
  const Result plain = trained(model, run, world(), 8);

  run.sharding.prefetch = 2;
  run.recompute = config::Recompute::Full;
  const Result deeper = trained(model, run, world(), 8);

  judge_all_ranks([&] { return equals(deeper, plain); });
  EXPECT_EQ(test::fake_gpu::Device::get().allocated(), before);
}

}  // namespace fullshard::train
