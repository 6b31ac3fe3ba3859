#include "fullshard/shard/strategy.hpp"

#include <gtest/gtest.h>

#include <set>

#include "fullshard/core/error.hpp"

namespace fullshard::shard {

namespace {

constexpr Level R = Level::Replica, N = Level::Node, W = Level::World;

bool is(const Strategy& s, Level params, Level gradients, Level optimizer) {
  return s.params == params && s.gradients == gradients && s.optimizer == optimizer;
}

}  // namespace

TEST(Strategy, names_are_points_of_the_lattice) {
  EXPECT_TRUE(is(strategy_named("ddp"), R, R, R));
  EXPECT_TRUE(is(strategy_named("zero1"), R, R, W));
  EXPECT_TRUE(is(strategy_named("zero2"), R, W, W));
  EXPECT_TRUE(is(strategy_named("zero3"), W, W, W));
  EXPECT_TRUE(is(strategy_named("hybrid"), N, N, N));
  EXPECT_TRUE(is(strategy_named("hierarchical"), N, N, W));
}

TEST(Strategy, the_stage_between_nodes_cuts_optimizer_gradients_parameters_in_turn) {
  EXPECT_TRUE(is(strategy_named("hierarchical", 0), N, N, N));
  EXPECT_TRUE(is(strategy_named("hierarchical", 1), N, N, W));
  EXPECT_TRUE(is(strategy_named("hierarchical", 2), N, W, W));
  EXPECT_TRUE(is(strategy_named("hierarchical", 3), W, W, W));
  EXPECT_THROW(strategy_named("hierarchical", 4), ConfigError);
}

TEST(Strategy, there_are_ten_and_no_later_level_is_less_sharded) {
  std::set<std::string> names;
  for (const Strategy& s : all_strategies()) {
    EXPECT_LE(s.params, s.gradients);
    EXPECT_LE(s.gradients, s.optimizer);
    names.insert(s.name);
  }
  EXPECT_EQ(names.size(), 10u);
}

TEST(Strategy, spelled_out_levels_get_the_name_they_are_known_by) {
  EXPECT_EQ(strategy_of(N, N, W).name, "hierarchical");
  EXPECT_EQ(strategy_of(R, N, W).name, "replica/node/world");
  EXPECT_THROW(strategy_of(W, N, W), ConfigError);
  EXPECT_THROW(strategy_of(R, W, N), ConfigError);
  EXPECT_THROW(strategy_named("zero4"), ConfigError);
}

}  // namespace fullshard::shard
