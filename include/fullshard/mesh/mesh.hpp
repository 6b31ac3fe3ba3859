#pragma once
// The mesh and its slices as values; no MPI here. Who owns which element is arithmetic on (mesh, level,
// rank).
//
//   unit    |--------------------------------------------------------------|  U elements
//   local   |  slice l=0   |  slice l=1   |  slice l=2   |  slice l=3   |      U/L each
//   node    | n0 | n1 |…   | n0 | n1 |…                                        U/(L·N) each

#include <span>
#include <string>
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

  int nodes() const { return nodes_; }
  int local_size() const { return local_size_; }
  int world_size() const { return nodes_ * local_size_; }
  Coordinates at(WorldRank rank) const { return coordinates_[static_cast<size_t>(rank.value)]; }
  /// Index of the rank's slice when a unit is cut over the whole world: l·N + n.
  int world_slice(WorldRank rank) const;
  /// "2×4"
  std::string text() const;

 private:
  int nodes_ = 1, local_size_ = 1;
  std::vector<Coordinates> coordinates_;
};

/// How far something is sharded; a later level is never less sharded than an earlier one.
enum class Level { Replica, Node, World };

/// A contiguous part of a unit's flat buffer.
struct Slice {
  Elems offset, count;
  bool operator==(const Slice&) const = default;
};

/// The slice that a rank owns at `level` of a unit of `padded` elements, a multiple of N·L.
Slice slice_of(Elems padded, Level level, const Mesh& mesh, WorldRank rank);

}  // namespace fullshard::mesh
