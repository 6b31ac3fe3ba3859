#include "fullshard/mesh/dealing.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace fullshard::mesh {

namespace {

Mesh mesh_of(int nodes, int local_size) {
  std::vector<std::string> hosts;
  for (int n = 0; n < nodes; ++n)
    hosts.insert(hosts.end(), static_cast<size_t>(local_size), std::to_string(n));
  return Mesh::from_hosts(hosts);
}

struct Case {
  Mesh mesh;
  Dealing dealing;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& [nodes, local] : {std::pair{1, 1}, {1, 3}, {1, 4}, {2, 2}, {3, 2}, {4, 1}})
    for (const Level adding : {Level::Replica, Level::Node, Level::World})
      for (const int64_t n : {1, 2, 5, 6, 8, 13, 24}) {
        const Mesh mesh = mesh_of(nodes, local);
        all.push_back({mesh, Dealing(mesh, adding, n)});
      }
  return all;
}

std::string text(const Case& c) {
  return c.mesh.text() + " " + std::string(name_of(c.dealing.adding())) + " " +
         std::to_string(c.dealing.micro_batches());
}

bool has_one(const Case& c, WorldRank r, int64_t step) {
  return c.dealing.micro_batch(c.mesh.at(r), step) < c.dealing.micro_batches();
}

}  // namespace

TEST(Dealing, every_micro_batch_is_computed_by_exactly_one_rank) {
  for (const Case& c : cases()) {
    std::map<int64_t, int> count;
    for (int r = 0; r < c.mesh.world_size(); ++r)
      for (int64_t k = 0; k < c.dealing.micro_steps(); ++k)
        if (has_one(c, WorldRank(r), k)) ++count[c.dealing.micro_batch(c.mesh.at(WorldRank(r)), k)];

    EXPECT_EQ(std::ssize(count), c.dealing.micro_batches()) << text(c);
    for (const auto& [index, times] : count) EXPECT_EQ(times, 1) << text(c) << ": " << index;
  }
}

TEST(Dealing, present_counts_those_along_the_axis_that_have_a_micro_batch_at_this_micro_step) {
  for (const Case& c : cases())
    for (int64_t k = 0; k < c.dealing.micro_steps(); ++k) {
      std::map<int, int> in_node;
      for (int r = 0; r < c.mesh.world_size(); ++r)
        in_node[c.mesh.at(WorldRank(r)).node.value] += has_one(c, WorldRank(r), k);
      int nodes = 0;
      for (const auto& [node, ranks] : in_node) {
        nodes += ranks > 0;
        if (c.dealing.adding() == Level::Replica) continue;  // its groups do not reach over an axis
        EXPECT_EQ(c.dealing.present(Axis::Local, NodeIndex(node), k), ranks) << text(c) << " at " << k;
      }
      if (c.dealing.adding() == Level::World) {
        EXPECT_EQ(c.dealing.present(Axis::Node, NodeIndex(0), k), nodes) << text(c) << " at " << k;
      }
    }
}

TEST(Dealing, present_over_all_micro_steps_counts_those_that_have_any) {
  for (const Case& c : cases()) {
    std::map<int, int> in_node;
    for (int r = 0; r < c.mesh.world_size(); ++r)
      in_node[c.mesh.at(WorldRank(r)).node.value] += has_one(c, WorldRank(r), 0);
    int nodes = 0;
    for (const auto& [node, ranks] : in_node) {
      nodes += ranks > 0;
      if (c.dealing.adding() == Level::Replica) {
        EXPECT_EQ(c.dealing.present(Axis::Local, NodeIndex(node)), ranks) << text(c);
      }
    }
    if (c.dealing.adding() != Level::World) {
      EXPECT_EQ(c.dealing.present(Axis::Node, NodeIndex(0)), nodes) << text(c);
    }
  }
}

TEST(Dealing, a_group_is_present_while_one_of_its_ranks_is) {
  for (const Case& c : cases())
    for (int r = 0; r < c.mesh.world_size(); ++r)
      for (int64_t k = 0; k < c.dealing.micro_steps(); ++k) {
        bool any = false;
        for (int other = 0; other < c.mesh.world_size(); ++other) {
          const Coordinates a = c.mesh.at(WorldRank(r)), b = c.mesh.at(WorldRank(other));
          const bool same_group = c.dealing.adding() == Level::World ||
                                  (c.dealing.adding() == Level::Node ? a.node == b.node : a == b);
          any = any || (same_group && has_one(c, WorldRank(other), k));
        }
        EXPECT_EQ(c.dealing.group_present(c.mesh.at(WorldRank(r)), k), any) << text(c) << " at " << k;
      }
}

TEST(Dealing, groups_are_subtrees_where_powers_of_two_meet) {
  EXPECT_TRUE(Dealing(mesh_of(2, 2), Level::Node, 16).aligned());
  EXPECT_TRUE(Dealing(mesh_of(2, 2), Level::World, 24).aligned()) << "six micro-steps of four";
  EXPECT_FALSE(Dealing(mesh_of(2, 2), Level::Replica, 24).aligned()) << "blocks of six";
  EXPECT_TRUE(Dealing(mesh_of(1, 1), Level::Replica, 7).aligned());
  EXPECT_FALSE(Dealing(mesh_of(1, 3), Level::World, 6).aligned()) << "two micro-steps of three";
  EXPECT_TRUE(Dealing(mesh_of(1, 3), Level::World, 3).aligned());
  EXPECT_FALSE(Dealing(mesh_of(2, 3), Level::World, 6).aligned());
}

}  // namespace fullshard::mesh
