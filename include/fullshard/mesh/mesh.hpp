#pragma once
// The mesh and its slices as values; no MPI here. Who owns which element is arithmetic on (mesh, level,
// rank).
//
//   unit    |--------------------------------------------------------------|  U elements
//   local   |  slice l=0   |  slice l=1   |  slice l=2   |  slice l=3   |      U/L each
//   node    | n0 | n1 |…   | n0 | n1 |…                                        U/(L·N) each

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/ids.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::mesh {

/// Where a rank stands: n counts mesh nodes, l the ranks inside one.
struct Coordinates {
  NodeIndex node;
  LocalRank local;
  bool operator==(const Coordinates&) const = default;
};

/// N mesh nodes of L local ranks each.
///
/// From unequal machines L is the greatest common divisor of their rank counts, and a machine of m ranks
/// counts as m/L mesh nodes: 2+1+1 becomes 4×1, 4+2 becomes 3×2.
class Mesh {
 public:
  /// `hosts[r]` names the machine of world rank r. Ranks of a machine need not be neighbours.
  static Mesh from_hosts(std::span<const std::string> hosts);

  /// The same cut into `nodes` mesh nodes, more than there are machines or as many: a machine counts as
  /// several. Throws ConfigError (sharding.mesh.nodes) where no equal nodes come out that lie on one machine
  /// each.
  static Mesh from_hosts(std::span<const std::string> hosts, int nodes);

  int nodes() const { return nodes_; }
  int local_size() const { return local_size_; }
  int world_size() const { return nodes_ * local_size_; }
  Coordinates at(WorldRank rank) const { return coordinates_[static_cast<size_t>(rank.value)]; }
  /// Where the rank stands in the order of the mesh: n·L + l.
  int position(Coordinates c) const { return c.node.value * local_size_ + c.local.value; }
  /// Index of the rank's slice when a unit is cut over the whole world: l·N + n.
  int world_slice(WorldRank rank) const;
  /// "2×4"
  std::string text() const;

 private:
  static Mesh of_local_size(std::span<const std::string> hosts, int local_size);
  int nodes_ = 1, local_size_ = 1;
  std::vector<Coordinates> coordinates_;
};

/// A direction of the mesh: the ranks of one node, or the ranks with the same place in every node.
enum class Axis { Local, Node };

/// How far something is sharded; a later level is never less sharded than an earlier one.
///
///   Replica --Axis::Local-- Node --Axis::Node-- World       an axis lies between two neighbours
enum class Level { Replica, Node, World };

/// The next level of finer slices, and the axis over which the level is cut to get them. Not for World.
Level finer(Level level);
Axis axis_below(Level level);
std::string_view name_of(Level level);
std::string_view name_of(Axis axis);

/// A contiguous part of a unit's flat buffer.
struct Slice {
  Elems offset, count;
  bool operator==(const Slice&) const = default;
};

/// The slice that a rank owns at `level` of a unit of `padded` elements, a multiple of N·L.
Slice slice_of(Elems padded, Level level, const Mesh& mesh, WorldRank rank);

}  // namespace fullshard::mesh
