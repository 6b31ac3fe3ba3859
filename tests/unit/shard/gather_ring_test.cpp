#include "fullshard/shard/gather_ring.hpp"

#include <gtest/gtest.h>

#include "support/tiny_model.hpp"

namespace fullshard::shard {

namespace {

/// The units that travel between two nodes of two ranks, in order, once the first of them is acquired.
std::vector<int> gathered_with_the_first(const char* strategy) {
  const model::ModelSpec spec(test::tiny_config());
  const std::vector<std::string> hosts{"a", "a", "b", "b"};
  const mesh::Mesh mesh = mesh::Mesh::from_hosts(hosts);
  comm::MeshCollectives axes(mesh, WorldRank(0), {});
  ParamStore store(spec, mesh, WorldRank(0), axes, {.strategy = strategy_named(strategy)});
  GatherRing ring(store, axes, {});
  store.weights_changed();
  axes.journal().keep(true);
  ring.acquire(spec.embed_unit());
  std::vector<int> units;
  for (const comm::Entry& e : axes.journal().entries())
    if (e.operation == comm::Operation::AllGather && e.axis == mesh::Axis::Node)
      units.push_back(e.unit.value);
  return units;
}

}  // namespace

TEST(GatherRing, units_with_room_of_their_own_follow_the_first_unasked) {
  EXPECT_EQ(gathered_with_the_first("hierarchical"), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(gathered_with_the_first("zero1"), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(GatherRing, units_that_take_turns_wait_until_they_are_asked_for) {
  EXPECT_EQ(gathered_with_the_first("zero3"), std::vector<int>{0});
}

}  // namespace fullshard::shard
