#pragma once

#include <string>
#include <utility>

#include "fullshard/data/books.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::train {

/// What the epoch under way has trained, over all ranks.
class Bookkeeper {
 public:
  /// `so_far`: of all ranks together. `world` must outlive it.
  Bookkeeper(const mpi::Communicator& world, data::Books so_far)
      : world_(world), all_(std::move(so_far)), mine_(all_.size()) {}

  /// This rank's share of a step. Not collective.
  void enter(const data::Books& mine) { data::add(mine_, mine); }
  /// Of all ranks together. Collective.
  const data::Books& all();
  /// No epoch is closed, and no run finished, with other samples than it should have.
  ///
  /// Collective
  /// Throws      InternalError, the same on all ranks, unless the books balance with what all ranks'
  /// `planned`
  ///             add up to
  void check(data::Books planned, const std::string& of_what);
  /// Begins an empty page. Not collective.
  void turn_over();

 private:
  const mpi::Communicator& world_;
  data::Books all_, mine_;  // what was summed, and this rank's since then
};

}  // namespace fullshard::train
