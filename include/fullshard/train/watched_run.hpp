#pragma once

#include <filesystem>
#include <optional>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/train/stop_signals.hpp"
#include "fullshard/watch/watchdog.hpp"

namespace fullshard::train {

/// A communicator whose collectives are written to a board and, on several ranks, a watchdog that reads it.
/// One rank waits for nobody and may be stopped for as long as its user likes.
class WatchedRun {
 public:
  /// `watchdog_seconds`: 0 for no watchdog.
  ///
  /// Collective  over `world`
  /// Throws      CommError on all ranks if one cannot reach rank 0
  WatchedRun(const mpi::Communicator& world, double watchdog_seconds);

  const mpi::Communicator& world() const { return world_; }
  ProgressBoard& board() { return board_; }

  /// Where a verdict is to be found besides stderr.
  void log_into(const std::filesystem::path& output_dir);
  void step_took(double seconds);
  /// Ends the process if it was stopped or cut off for so long that the others may have gone on without it:
  /// to be called before anything is written that they or another job can see.
  void ensure_lease() const;
  /// From now on this rank may be silent.
  void finish();

 private:
  ProgressBoard board_;
  mpi::Communicator world_;
  std::optional<watch::Watchdog> dog_;
  std::optional<SignalsUnderWatch> signals_;
};

}  // namespace fullshard::train
