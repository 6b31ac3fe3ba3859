#pragma once
// What to do with output_dir: a new run, the continuation of an interrupted one, or a refusal.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fullshard/checkpoint/output_lock.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/train/progress.hpp"

namespace fullshard::train {

/// What the directory is opened for, besides the run file.
struct RunAtHand {
  RunIdentity identity;
  /// Updates of a run of this identity.
  std::function<int64_t(const RunIdentity&)> total_steps;
  /// Throws if the run cannot start from its model. Called on rank 0 before anything is created or discarded
  /// for a run that would.
  std::function<void()> check_source;
};

struct OutputDirectory {
  std::optional<checkpoint::OutputLock> lock;       ///< rank 0's
  std::optional<std::filesystem::path> checkpoint;  ///< to continue from
  bool finished = false;                            ///< all updates are done and the model is exported
  double seconds_checking = 0;                      ///< spent on proving the digests of checkpoints
  Progress progress;                                ///< of what is continued or finished, or a new run's
  std::vector<std::string> notes;                   ///< what a person should know about the choice
};

/// Opens output_dir for this run. An unfinished or finished run of the same identity is continued; another
/// run is refused, or discarded with overwrite_output_dir, and so is a finished run that kept no checkpoint
/// and should now take more steps. The global batch of a continued run is the checkpoint's.
///
/// Collective  over `world`
/// Throws      ConfigError (unwritable, foreign, in use), CheckpointError, what check_source throws
OutputDirectory open_output_directory(const mpi::Communicator& world, const config::RunConfig& run,
                                      const RunAtHand& mine, const checkpoint::LockRequest& lock);

/// Remembers a finished run whose checkpoints are not kept. To be called once its model is exported and
/// before the last checkpoint goes, by rank 0.
void record_finished(const std::filesystem::path& output_dir, const Progress& progress);

}  // namespace fullshard::train
