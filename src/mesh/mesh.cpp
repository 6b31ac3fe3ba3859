#include "fullshard/mesh/mesh.hpp"

#include <fmt/format.h>

#include <map>
#include <numeric>

#include "fullshard/core/check.hpp"

namespace fullshard::mesh {

Mesh Mesh::from_hosts(std::span<const std::string> hosts) {
  FS_CHECK(!hosts.empty(), "a mesh of no ranks");
  std::map<std::string, int> ranks_on;
  for (const std::string& host : hosts) ++ranks_on[host];

  Mesh mesh;
  mesh.local_size_ = 0;
  for (const auto& [host, count] : ranks_on) mesh.local_size_ = std::gcd(mesh.local_size_, count);
  mesh.nodes_ = static_cast<int>(hosts.size()) / mesh.local_size_;

  // A machine gets its mesh nodes when its first rank comes, so that a block order of ranks gives nodes 0, 1,
  // 2, …
  std::map<std::string, int> first_node, seen;
  int next_node = 0;
  for (const std::string& host : hosts) {
    if (!first_node.contains(host)) {
      first_node[host] = next_node;
      next_node += ranks_on[host] / mesh.local_size_;
    }
    const int index = seen[host]++;
    mesh.coordinates_.push_back(
        {NodeIndex(first_node[host] + index / mesh.local_size_), LocalRank(index % mesh.local_size_)});
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
