#include "fullshard/mesh/mesh.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::mesh {

namespace {

Mesh mesh_of(std::vector<std::string> hosts) {
  return Mesh::from_hosts(hosts);
}

const std::vector<std::vector<std::string>> kLaunches = {{"a"},
                                                         {"a", "a"},
                                                         {"a", "a", "a"},
                                                         {"a", "a", "b", "b"},
                                                         {"a", "b", "a", "b"},
                                                         {"a", "a", "b", "c"},
                                                         {"a", "a", "a", "a", "b", "b"}};

}  // namespace

TEST(Mesh, unequal_nodes_become_equal_mesh_nodes) {
  EXPECT_EQ(mesh_of({"a", "a", "b", "c"}).text(), "4×1");
  EXPECT_EQ(mesh_of({"a", "a", "a", "a", "b", "b"}).text(), "3×2");
  EXPECT_EQ(mesh_of({"a", "a", "b", "b"}).text(), "2×2");
}

TEST(Mesh, a_machine_can_count_as_several_nodes) {
  const std::vector<std::string> four(4, "a"), two_and_two{"a", "a", "b", "b"};

  EXPECT_EQ(Mesh::from_hosts(four, 2).text(), "2×2");
  EXPECT_EQ(Mesh::from_hosts(four, 2).at(WorldRank(2)), (Coordinates{NodeIndex(1), LocalRank(0)}));
  EXPECT_EQ(Mesh::from_hosts(two_and_two, 4).text(), "4×1");
  EXPECT_EQ(Mesh::from_hosts(two_and_two, 2).text(), "2×2");
}

TEST(Mesh, a_node_that_would_span_machines_is_refused) {
  const std::vector<std::string> two_and_two{"a", "a", "b", "b"}, six(6, "a");

  EXPECT_THROW(Mesh::from_hosts(two_and_two, 1), ConfigError);
  EXPECT_THROW(Mesh::from_hosts(two_and_two, 3), ConfigError);
  EXPECT_THROW(Mesh::from_hosts(six, 4), ConfigError);
}

TEST(Mesh, ranks_of_a_machine_need_not_be_neighbours) {
  const Mesh m = mesh_of({"a", "b", "a", "b"});

  EXPECT_EQ(m.at(WorldRank(2)), (Coordinates{NodeIndex(0), LocalRank(1)}));
  EXPECT_EQ(m.at(WorldRank(1)), (Coordinates{NodeIndex(1), LocalRank(0)}));
}

TEST(Slice, at_world_level_every_element_belongs_to_exactly_one_rank) {
  for (const auto& hosts : kLaunches) {
    const Mesh m = Mesh::from_hosts(hosts);
    const Elems unit{m.world_size() * 2048 * 3};
    std::vector<int> owners(static_cast<size_t>(unit.value));
    for (int r = 0; r < m.world_size(); ++r) {
      const Slice s = slice_of(unit, Level::World, m, WorldRank(r));
      for (int64_t i = 0; i < s.count.value; ++i) ++owners[static_cast<size_t>(s.offset.value + i)];
    }
    EXPECT_EQ(std::count(owners.begin(), owners.end(), 1), unit.value) << m.text();
  }
}

TEST(Slice, the_world_slice_lies_inside_the_node_level_slice_and_that_inside_the_unit) {
  for (const auto& hosts : kLaunches) {
    const Mesh m = Mesh::from_hosts(hosts);
    const Elems unit{m.world_size() * 2048};
    for (int r = 0; r < m.world_size(); ++r) {
      const Slice world = slice_of(unit, Level::World, m, WorldRank(r)),
                  node = slice_of(unit, Level::Node, m, WorldRank(r));
      EXPECT_GE(world.offset, node.offset);
      EXPECT_LE(world.offset + world.count, node.offset + node.count);
      EXPECT_EQ(slice_of(unit, Level::Replica, m, WorldRank(r)), (Slice{{0}, unit}));
    }
  }
}

}  // namespace fullshard::mesh
