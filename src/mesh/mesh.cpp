#include "fullshard/mesh/mesh.hpp"

#include <fmt/format.h>

#include <map>
#include <numeric>

#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::mesh {

namespace {

std::map<std::string, int> count_ranks(std::span<const std::string> hosts) {
  FS_CHECK(!hosts.empty(), "a mesh of no ranks");
  std::map<std::string, int> ranks_on;
  for (const std::string& host : hosts) ++ranks_on[host];
  return ranks_on;
}

}  // namespace

Mesh Mesh::from_hosts(std::span<const std::string> hosts) {
  int local_size = 0;
  for (const auto& [host, count] : count_ranks(hosts)) local_size = std::gcd(local_size, count);
  return of_local_size(hosts, local_size);
}

Mesh Mesh::from_hosts(std::span<const std::string> hosts, int nodes) {
  const int natural = from_hosts(hosts).nodes_, ranks = static_cast<int>(hosts.size());
  // Equal parts of the natural nodes lie on one machine each.
  if (nodes < natural || nodes % natural != 0 || ranks % nodes != 0)
    throw ConfigError(
        "sharding.mesh.nodes",
        fmt::format("sharding.mesh.nodes: expected a multiple of {} that divides {} ranks, found "
                    "{}: a node of the mesh cannot span machines",
                    natural, ranks, nodes));
  return of_local_size(hosts, ranks / nodes);
}

Mesh Mesh::of_local_size(std::span<const std::string> hosts, int local_size) {
  const std::map<std::string, int> ranks_on = count_ranks(hosts);
  Mesh mesh;
  mesh.local_size_ = local_size;
  mesh.nodes_ = static_cast<int>(hosts.size()) / local_size;

  // A machine gets its mesh nodes when its first rank comes, so that a block order of ranks gives nodes 0, 1,
  // 2, …
  std::map<std::string, int> first_node, seen;
  int next_node = 0;
  for (const std::string& host : hosts) {
    if (!first_node.contains(host)) {
      first_node[host] = next_node;
      next_node += ranks_on.at(host) / local_size;
    }
    const int index = seen[host]++;
    mesh.coordinates_.push_back(
        {NodeIndex(first_node[host] + index / local_size), LocalRank(index % local_size)});
  }
  return mesh;
}

int Mesh::world_slice(WorldRank rank) const {
  const Coordinates c = at(rank);
  return c.local.value * nodes_ + c.node.value;
}

std::string Mesh::text() const {
  return fmt::format("{}×{}", nodes_, local_size_);
}

Level finer(Level level) {
  FS_CHECK(level != Level::World, "no level is finer than world");
  return level == Level::Replica ? Level::Node : Level::World;
}

Axis axis_below(Level level) {
  FS_CHECK(level != Level::World, "no level is finer than world");
  return level == Level::Replica ? Axis::Local : Axis::Node;
}

std::string_view name_of(Level level) {
  return level == Level::Replica ? "replica" : level == Level::Node ? "node" : "world";
}

std::string_view name_of(Axis axis) {
  return axis == Axis::Local ? "local" : "node";
}

Slice slice_of(Elems padded, Level level, const Mesh& mesh, WorldRank rank) {
  switch (level) {
    case Level::Replica:
      return {{0}, padded};
    case Level::Node: {
      const int64_t count = div_exact(padded.value, mesh.local_size());
      return {{mesh.at(rank).local.value * count}, {count}};
    }
    case Level::World: {
      const int64_t count = div_exact(padded.value, mesh.world_size());
      return {{mesh.world_slice(rank) * count}, {count}};
    }
  }
  FS_CHECK(false, "level {}", static_cast<int>(level));
}

}  // namespace fullshard::mesh
