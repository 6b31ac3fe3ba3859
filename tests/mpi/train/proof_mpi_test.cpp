#include "fullshard/train/proof.hpp"

#include "support/judge.hpp"
#include "support/memory_samples.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::train {

using test::judge_all_ranks;
using test::world;

namespace {

const test::MemorySamples& samples() {
  static const test::MemorySamples all = [] {
    test::MemorySamples rows;
    for (int row = 0; row < 8; ++row) {
      const std::vector<int32_t> ids{row, 5, 9, row + 20, 7};
      rows.append(ids, ids);
    }
    return rows;
  }();
  return all;
}

Inputs inputs() {
  Inputs in;
  in.model = test::tiny_config();
  in.model.initializer_range = 0.3;
  in.train.push_back({"rows", {}, {}, {}, data::Subset(samples())});
  return in;
}

config::RunConfig run_of(config::Precision precision) {
  config::RunConfig run;
  run.init = config::Init::Random;
  run.dataset.resize(1);
  run.precision = precision;
  run.per_device_train_batch_size = 1;
  run.sharding.strategy = config::Strategy::Zero3;
  return run;
}

}  // namespace

TEST(Proof, holds_for_layouts_that_are_right) {
  for (const config::Precision precision :
       {config::Precision::Fp64, config::Precision::Fp32, config::Precision::Bf16}) {
    const Proof p = prove(run_of(precision), inputs(), world());

    judge_all_ranks([&] { return p.holds() && !p.gradients.tensor.empty(); }, p.text());
  }
}

TEST(Proof, a_tensor_that_differs_on_one_rank_is_named_on_all) {
  const config::RunConfig run = run_of(config::Precision::Fp32);
  const Side configured(run, inputs(), world()),
      reference(flat_reference(run, world().size()), inputs(), world());
  Proof before = compare(configured, reference, world());
  const UnitIndex u = configured.engine.spec.block_unit(1);
  std::string broken;
  if (world().rank() == 0) {  // a unit ends in padding: the last ranks may have nothing else
    const auto extents =
        configured.engine.store.layout(u).extents(configured.engine.store.slice(u, mesh::Level::World));
    const shard::TensorExtent& e = extents.front();
    configured.engine.store.gradient(u).as<float>()[static_cast<size_t>(e.in_slice.value)] += 1;
    configured.engine.store.master(u).as<float>()[static_cast<size_t>(e.in_slice.value)] += 1;
    broken = configured.engine.spec.unit(u).params[e.param].name;
  }
  broken = world().broadcast(broken);

  Proof after = compare(configured, reference, world());

  before.limit = after.limit = 1e-5;
  judge_all_ranks([&] {
    return before.holds() && !after.holds() && after.gradients.tensor == broken &&
           after.update.tensor == broken;
  });
}

TEST(Proof, a_norm_that_differs_is_enough_to_refuse) {
  Proof p{.layouts = "", .gradients = {1e-9, "a"}, .update = {1e-9, "a"}, .norm = 1e-9, .limit = 1e-5};
  EXPECT_TRUE(p.holds());
  p.norm = 1e-3;
  EXPECT_FALSE(p.holds());
  p.norm = std::nan("");
  EXPECT_FALSE(p.holds());
}

}  // namespace fullshard::train
