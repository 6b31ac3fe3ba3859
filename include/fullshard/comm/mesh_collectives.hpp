#pragma once
// The collectives of both axes of a mesh, the lane on which they run, and the journal of what they did.

#include <functional>

#include "fullshard/comm/collectives.hpp"
#include "fullshard/comm/journal.hpp"
#include "fullshard/comm/lane.hpp"
#include "fullshard/mesh/mesh.hpp"

namespace fullshard::comm {

class MeshCollectives {
 public:
  using Ticket = Lane::Ticket;

  /// Shared memory inside a node, MPI between nodes; with several nodes on a thread of its own, beside the
  /// computation. Until drain() has returned nobody else may communicate then.
  ///
  /// Collective  over `world`
  MeshCollectives(const mpi::Communicator& world, const mesh::Mesh& mesh, const MpiOptions& options = {});
  /// One rank alone, without MPI.
  MeshCollectives();
  /// A rank of a mesh on paper: the journal tells what it would do.
  MeshCollectives(const mesh::Mesh& mesh, WorldRank rank, const MpiOptions& options);
  /// While an exception unwinds nothing is waited for: peers that did not fail are elsewhere.
  ~MeshCollectives();

  /// For work that is submitted, and for allocating.
  Collectives& along(mesh::Axis axis) { return axis == mesh::Axis::Local ? *local_ : *node_; }

  /// Whether any rank of the mesh says so. Collective over it, while nothing is under way.
  bool any(bool mine);

  /// Launches collectives for a unit (-1: for none), in order of submission.
  Ticket submit(UnitIndex unit, std::function<void()> work);
  /// Until that work is done; the journal counts the time. Throws what the work threw.
  void wait(Ticket ticket, UnitIndex unit = UnitIndex(-1));
  void drain() { wait(last_); }

  bool on_paper() const { return on_paper_; }
  bool overlaps() const { return lane_.kind() == Lane::Kind::Thread; }
  /// To be read after drain().
  Journal& journal() { return journal_; }

 private:
  GiveUp give_up_;
  int exceptions_at_start_;
  Journal journal_;
  std::unique_ptr<Collectives> local_, node_;
  Ticket last_ = 0;
  Lane lane_;  // after what its thread uses
  bool on_paper_ = false;
};

}  // namespace fullshard::comm
