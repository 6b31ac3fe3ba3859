#include "fullshard/train/sharding.hpp"

#include <fmt/format.h>

#include "fullshard/core/error.hpp"

namespace fullshard::train {

namespace {

using config::Strategy;
using mesh::Level;
using mesh::Mesh;

// What is left is for activations and whole units.
constexpr double kShareForState = 0.6;

Level level_of(config::ShardLevel level) {
  return static_cast<Level>(static_cast<int>(level));
}

int64_t ways(Level level, const Mesh& mesh) {
  return level == Level::Replica ? 1 : level == Level::Node ? mesh.local_size() : mesh.world_size();
}

shard::Strategy named(const config::Sharding& s) {
  const auto stage = static_cast<int>(s.inter_zero_stage.value_or(1));
  switch (s.strategy) {
    case Strategy::Ddp:
      return shard::strategy_named("ddp");
    case Strategy::Zero1:
      return shard::strategy_named("zero1");
    case Strategy::Zero2:
      return shard::strategy_named("zero2");
    case Strategy::Zero3:
    case Strategy::ShardGradOp:
      return shard::strategy_named("zero3");
    case Strategy::Hybrid:
    case Strategy::HybridShardZero2:
      return shard::strategy_named("hybrid");
    case Strategy::Hierarchical:
      return shard::strategy_named("hierarchical", stage);
    case Strategy::Auto:
      break;
  }
  FS_CHECK(false, "strategy {} has no name", static_cast<int>(s.strategy));
}

// What the user asked for must be what happens: a level that this mesh makes another one is refused, unless
// the mesh was asked for, too.
void check(const shard::Strategy& strategy, const config::Sharding& s, const Mesh& mesh) {
  const bool uses_node = strategy.params == Level::Node || strategy.gradients == Level::Node ||
                         strategy.optimizer == Level::Node;
  if (uses_node && mesh.local_size() == 1 && mesh.nodes() > 1 && !s.mesh_nodes)
    throw ConfigError(
        "sharding.strategy",
        fmt::format("sharding.strategy: {} shards inside nodes, but the mesh {} has one rank in "
                    "each, which would keep everything whole; use zero1 or zero3, or spell it "
                    "out with sharding.mesh.nodes: {}",
                    strategy.name, mesh.text(), mesh.nodes()));
  if (s.inter_zero_stage.value_or(0) > 0 && mesh.nodes() == 1 && mesh.world_size() > 1)
    throw ConfigError(
        "sharding.inter_zero_stage",
        fmt::format("sharding.inter_zero_stage: {} needs at least 2 nodes, the mesh is {}; remove "
                    "the key",
                    *s.inter_zero_stage, mesh.text()));
}

ShardingChoice automatic(const Mesh& mesh, const StateSizes& sizes) {
  if (mesh.world_size() == 1) return {shard::strategy_named("ddp"), "one rank"};
  if (mesh.nodes() == 1)
    return {shard::strategy_named("zero3"), "the ranks of one node, whose memory one copy fills best"};
  const bool wide = mesh.local_size() > 1;
  const shard::Strategy first = shard::strategy_named(wide ? "hierarchical" : "zero1");
  const Bytes needed = state_per_rank(first, mesh, sizes);
  const bool fits = static_cast<double>(needed.value) <=
                    kShareForState * static_cast<double>(sizes.available_per_rank.value);
  const std::string sum = fmt::format("{} of {} per rank", human(needed), human(sizes.available_per_rank));
  if (fits) return {first, fmt::format("{} nodes, and it takes {}", mesh.nodes(), sum)};
  return {shard::strategy_named("zero3"), fmt::format("{} would take {}", first.name, sum)};
}

}  // namespace

Bytes state_per_rank(const shard::Strategy& s, const Mesh& mesh, const StateSizes& sizes) {
  const DType state = shard::master_dtype_of(sizes.compute);
  const bool separate = sizes.compute != state || s.params != s.optimizer;
  const auto part = [&](Level level, DType dtype) {
    return bytes({ceil_div(sizes.parameters, ways(level, mesh))}, dtype);
  };
  return part(s.params, sizes.compute) + part(s.gradients, state) +
         part(s.optimizer, state) * (separate ? 3 : 2);
}

ShardingChoice choose_sharding(const config::Sharding& s, const Mesh& mesh, const StateSizes& sizes) {
  if (s.levels.optimizer) {
    const shard::Strategy spelled = shard::strategy_of(
        level_of(*s.levels.parameters), level_of(*s.levels.gradients), level_of(*s.levels.optimizer));
    check(spelled, s, mesh);
    return {spelled, ""};
  }
  if (s.strategy == Strategy::Auto) return automatic(mesh, sizes);
  check(named(s), s, mesh);
  return {named(s), ""};
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

shard::Reduction reduction_of(const config::Sharding& s) {
  return s.reduction == config::Reduction::Ordered ? shard::Reduction::Ordered : shard::Reduction::Fast;
}

shard::RingOptions ring_options(const config::Sharding& s, int64_t num_blocks) {
  const bool keeps = !s.reshard_after_forward || s.strategy == Strategy::ShardGradOp ||
                     s.strategy == Strategy::HybridShardZero2;
  const int64_t slots =
      keeps ? std::max<int64_t>(2, num_blocks) : s.gather_ring_slots.value_or(s.prefetch + 1);
  return {.block_slots = static_cast<int>(slots),
          .other_slots = keeps ? 2 : 1,
          .depth = static_cast<int>(s.prefetch)};
}

comm::Transfers transfers(const config::Sharding& s, DeviceId device) {
  return {.device = device,
          .ordered = s.reduction == config::Reduction::Ordered,
          .piece = s.bucket_size,
          .sum_transfer = s.gradient_transfer};
}

}  // namespace fullshard::train
