#pragma once
// The collectives of both axes of a mesh, and the lane on which they run.

#include "fullshard/comm/collectives.hpp"
#include "fullshard/comm/lane.hpp"
#include "fullshard/mesh/mesh.hpp"

namespace fullshard::comm {

class MeshCollectives {
 public:
  /// Shared memory inside a node, MPI between nodes; with several nodes on a thread of its own.
  ///
  /// Collective  over `world`
  MeshCollectives(const mpi::Communicator& world, const mesh::Mesh& mesh, const MpiOptions& options = {});
  /// One rank alone, without MPI.
  MeshCollectives();
  /// While an exception unwinds nothing is waited for: peers that did not fail are elsewhere.
  ~MeshCollectives();

  Collectives& along(mesh::Axis axis) { return axis == mesh::Axis::Local ? *local_ : *node_; }
  Lane& lane() { return lane_; }

 private:
  GiveUp give_up_;
  int exceptions_at_start_;
  std::unique_ptr<Collectives> local_, node_;
  Lane lane_;  // last: its thread ends before what it uses
};

}  // namespace fullshard::comm
