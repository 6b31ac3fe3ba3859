// Every strategy on every mesh is ddp on one rank: in fp64 to rounding, and bit for bit where sums are
// ordered.

#include "mpi/train/lattice.hpp"

#include "fullshard/train/engine.hpp"
#include "fullshard/train/traffic.hpp"
#include "support/judge.hpp"

namespace fullshard::train {

using test::judge_all_ranks;
using test::world;

TEST(Lattice, every_strategy_on_every_mesh_is_ddp_on_one_rank) {
  for (const bool tied : {true, false})
    for (const int64_t rows : {16, 11}) {
      const config::ModelConfig model = model_of(tied);
      const Result reference = alone(model, config::Precision::Fp64, config::Reduction::Fast, rows);
      for (const int nodes : meshes_here())
        for (const shard::Strategy& s : shard::all_strategies()) {
          const Result r = trained(model, run_of(s, nodes, config::Precision::Fp64, config::Reduction::Fast),
                                   world(), rows);
          judge_all_ranks([&] { return agrees(r, reference); }, text(s, nodes, rows));
        }
    }
}

TEST(Lattice, ordered_sums_have_the_same_bits_on_every_layout) {
  if (world().size() == 3) GTEST_SKIP() << "three ranks make no tree";
  for (const config::Precision precision : {config::Precision::Bf16, config::Precision::Fp32})
    for (const int64_t rows : {16, 13, 3}) {
      const config::ModelConfig model = model_of(precision == config::Precision::Bf16);
      const Result reference = alone(model, precision, config::Reduction::Ordered, rows);
      for (const int nodes : meshes_here())
        for (const shard::Strategy& s : shard::all_strategies()) {
          const Result r =
              trained(model, run_of(s, nodes, precision, config::Reduction::Ordered), world(), rows);
          judge_all_ranks([&] { return equals(r, reference); }, text(s, nodes, rows));
        }
    }
}

// Gathers after the update belong to the next step: what the walk says of one step is what each step sends.
TEST(Lattice, a_step_sends_between_nodes_what_the_walk_on_paper_says) {
  const config::ModelConfig model = model_of(false);
  const model::ModelSpec spec(model);
  for (const int nodes : meshes_here())
    for (const shard::Strategy& s : shard::all_strategies())
      for (const int64_t rows : {world().size(), 4 * world().size()})
        for (const int64_t prefetch : {1, 2}) {
          config::RunConfig run = run_of(s, nodes, config::Precision::Bf16, config::Reduction::Fast);
          run.sharding.prefetch = prefetch;
          const Result r = trained(model, run, world(), rows);

          const mesh::Mesh mesh = discover_mesh(world(), nodes);
          const Bytes predicted = sent_between_nodes(
              {.spec = spec, .mesh = mesh, .run = run, .strategy = s, .micro_batches = rows});
          const bool counts = mesh.at(WorldRank(world().rank())).node == NodeIndex(0);
          const int64_t sent = world().sum(counts ? r.sent : int64_t{0});
          judge_all_ranks([&] { return sent == predicted.value; }, text(s, nodes, rows));
        }
}

TEST(Lattice, ordered_is_refused_where_no_tree_comes_out) {
  if (world().size() != 3) GTEST_SKIP() << "needs three ranks";
  const auto run =
      run_of(shard::strategy_named("zero3"), 1, config::Precision::Fp32, config::Reduction::Ordered);

  EXPECT_THROW(trained(model_of(true), run, world(), 6), ConfigError);
}

TEST(Lattice, deeper_rings_units_that_stay_whole_and_kept_units_change_no_bit) {
  const config::ModelConfig model = model_of(false);
  for (const int nodes : meshes_here())
    for (const char* name : {"zero3", "hierarchical", "zero1"}) {
      config::RunConfig run =
          run_of(shard::strategy_named(name), nodes, config::Precision::Bf16, config::Reduction::Fast);
      const Result plain = trained(model, run, world(), 16);
      const auto same = [&](const char* what) {
        const Result r = trained(model, run, world(), 16);
        judge_all_ranks([&] { return r.digest == plain.digest && r.losses == plain.losses; },
                        std::string(name) + ": " + what);
      };
      run.sharding.prefetch = 2;
      same("prefetch");
      run.sharding.reshard_after_forward = false;
      same("no reshard");
      run.sharding.persistence_threshold = 6000;  // blocks stay whole, the embedding does not
      same("persistence");
      run.sharding.bucket_size = {4096};
      same("small buckets");
      run.recompute = config::Recompute::Full;
      same("recompute");
    }
}

}  // namespace fullshard::train
