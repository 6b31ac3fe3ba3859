#pragma once
// The collectives of both axes of a mesh, the lanes on which they run, and the journal of what they did.

#include <functional>
#include <optional>
#include <vector>

#include "fullshard/comm/collectives.hpp"
#include "fullshard/comm/device_clock.hpp"
#include "fullshard/comm/journal.hpp"
#include "fullshard/comm/lane.hpp"
#include "fullshard/comm/launched.hpp"
#include "fullshard/mesh/mesh.hpp"

namespace fullshard::comm {

/// What is moved. On a GPU each has a lane of its own; elsewhere they share one.
enum class Flow { Weights, Gradients };

class MeshCollectives {
 public:
  /// A submission; the default is nothing to wait for.
  struct Ticket {
    size_t lane = 0;
    Lane::Ticket number = 0;
  };

  /// Host memory: shared memory inside a node, MPI between nodes, with several nodes on a thread of its own
  /// beside the computation; until drain() has returned nobody else may communicate then.
  /// GPU memory: NCCL on streams of its own, launched by the calling thread.
  ///
  /// Collective  over `world`
  MeshCollectives(const mpi::Communicator& world, const mesh::Mesh& mesh, const Transfers& transfers = {});
  /// One rank alone on the host, without MPI.
  MeshCollectives();
  /// A rank of a mesh on paper: the journal tells what it would do.
  MeshCollectives(const mesh::Mesh& mesh, WorldRank rank, const Transfers& transfers);
  /// While an exception unwinds nothing is waited for: peers that did not fail are elsewhere.
  ~MeshCollectives();

  /// For work that is submitted, and for allocating.
  Collectives& along(mesh::Axis axis) { return axis == mesh::Axis::Local ? *local_ : *node_; }
  /// On which the work under way launches what it does besides collectives.
  const device::Stream& stream() const { return lanes_[in_use_]->stream(); }
  /// Where the memory lies that is moved.
  DeviceId device() const { return device_; }

  /// Whether any rank of the mesh says so. Collective over it, while nothing is under way.
  bool any(bool mine);

  /// Launches collectives for a unit (-1: for none), in order of submission.
  Ticket submit(Flow flow, UnitIndex unit, std::function<void()> work);
  /// Until that work is done; the journal counts the time. Throws what the work threw.
  void wait(Ticket ticket, UnitIndex unit = UnitIndex(-1));
  /// Until all that was submitted is done; the journal counts the time.
  void drain();

  bool on_paper() const { return on_paper_; }
  bool overlaps() const { return lanes_.front()->overlaps(); }
  /// To be read after drain().
  Journal& journal();
  /// Shows on the board what is under way (Journal::report_to), on a GPU until it has done it. The board must
  /// outlive this. Nothing may be under way.
  void report_to(ProgressBoard& board, std::vector<std::string> unit_names);

 private:
  template <class Waiting>
  void count_wait(UnitIndex unit, const Waiting& waiting);
  size_t lane_of(Flow flow) const { return std::min(static_cast<size_t>(flow), lanes_.size() - 1); }

  GiveUp give_up_;
  int exceptions_at_start_;
  DeviceId device_;
  Journal journal_;
  std::optional<mpi::Communicator> agreement_;
  std::optional<DeviceClock> clock_;  // of a GPU, as the next two
  std::optional<Launched> launched_;
  ProgressBoard* followed_by_ = nullptr;
  size_t in_use_ = 0;
  std::unique_ptr<Collectives> local_, node_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // after what their threads use
  bool on_paper_ = false;
};

}  // namespace fullshard::comm
