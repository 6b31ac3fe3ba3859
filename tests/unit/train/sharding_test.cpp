#include "fullshard/train/sharding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::train {

using config::Sharding;
using config::ShardLevel;
using testing::HasSubstr;

namespace {

mesh::Mesh mesh_of(int nodes, int local_size) {
  std::vector<std::string> hosts;
  for (int n = 0; n < nodes; ++n)
    hosts.insert(hosts.end(), static_cast<size_t>(local_size), std::to_string(n));
  return mesh::Mesh::from_hosts(hosts);
}

constexpr int64_t kParameters = 1'000'000;
const StateSizes kRoomy{kParameters, DType::BF16, {int64_t{1} << 40}};
const StateSizes kTight{kParameters, DType::BF16, {9'000'000}};

ShardingChoice automatic(const mesh::Mesh& mesh, const StateSizes& sizes) {
  return choose_sharding({}, mesh, sizes);
}

std::string refusal(const Sharding& s, const mesh::Mesh& mesh) {
  try {
    choose_sharding(s, mesh, kRoomy);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST(ChooseSharding, auto_follows_topology_and_memory_and_says_why) {
  EXPECT_EQ(automatic(mesh_of(1, 1), kTight).strategy.name, "ddp");
  EXPECT_EQ(automatic(mesh_of(1, 4), kRoomy).strategy.name, "zero3");
  EXPECT_EQ(automatic(mesh_of(2, 2), kRoomy).strategy.name, "hierarchical");
  EXPECT_EQ(automatic(mesh_of(4, 1), kRoomy).strategy.name, "zero1");
  EXPECT_EQ(automatic(mesh_of(2, 2), kTight).strategy.name, "zero3") << "6 MB of 9 are more than 60 %";
  EXPECT_THAT(automatic(mesh_of(2, 2), kTight).why, HasSubstr("hierarchical would take"));
}

TEST(ChooseSharding, state_is_counted_by_level) {
  const auto state = [](const char* name, const mesh::Mesh& mesh, DType compute) {
    return state_per_rank(shard::strategy_named(name), mesh, {kParameters, compute, {}}).value / kParameters;
  };

  EXPECT_EQ(state("ddp", mesh_of(2, 2), DType::BF16), 2 + 4 + 12);
  EXPECT_EQ(state("ddp", mesh_of(2, 2), DType::F32), 4 + 4 + 8) << "master weights compute themselves";
  EXPECT_EQ(state("zero1", mesh_of(2, 2), DType::BF16), 2 + 4 + 12 / 4);
  EXPECT_EQ(state("hierarchical", mesh_of(2, 2), DType::BF16), 2 / 2 + 4 / 2 + 12 / 4);
  EXPECT_EQ(state("zero3", mesh_of(1, 2), DType::BF16), (2 + 4 + 12) / 2);
}

TEST(ChooseSharding, levels_can_be_spelled_out) {
  Sharding s;
  s.levels = {ShardLevel::Replica, ShardLevel::Node, ShardLevel::World};

  EXPECT_EQ(choose_sharding(s, mesh_of(2, 2), kRoomy).strategy.name, "replica/node/world");
}

TEST(ChooseSharding, what_the_mesh_would_turn_into_something_else_is_refused) {
  Sharding hybrid;
  hybrid.strategy = config::Strategy::Hybrid;
  EXPECT_THAT(refusal(hybrid, mesh_of(4, 1)), HasSubstr("one rank in each"));
  EXPECT_EQ(refusal(hybrid, mesh_of(2, 2)), "");
  hybrid.mesh_nodes = 4;
  EXPECT_EQ(refusal(hybrid, mesh_of(4, 1)), "") << "the mesh spells it out";

  Sharding stage;
  stage.strategy = config::Strategy::Hierarchical;
  stage.inter_zero_stage = 2;
  EXPECT_THAT(refusal(stage, mesh_of(1, 4)), HasSubstr("at least 2 nodes"));
  EXPECT_EQ(refusal(stage, mesh_of(2, 2)), "");
}

TEST(RingOptions, units_that_are_not_resharded_have_a_slot_each) {
  Sharding s;
  EXPECT_EQ(ring_options(s, 12).block_slots, 2);
  s.prefetch = 3;
  EXPECT_EQ(ring_options(s, 12).block_slots, 4);
  s.reshard_after_forward = false;
  EXPECT_EQ(ring_options(s, 12).block_slots, 12);
  EXPECT_EQ(ring_options(s, 12).other_slots, 2);
  s.reshard_after_forward = true;
  s.strategy = config::Strategy::ShardGradOp;
  EXPECT_EQ(ring_options(s, 12).block_slots, 12);
}

}  // namespace fullshard::train
