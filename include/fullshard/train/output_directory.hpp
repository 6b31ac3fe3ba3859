#pragma once
// What to do with output_dir: a new run, the continuation of an interrupted one, or a refusal.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fullshard/checkpoint/output_lock.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/train/progress.hpp"

namespace fullshard::train {

struct OutputDirectory {
  std::optional<checkpoint::OutputLock> lock;       ///< rank 0's
  std::optional<std::filesystem::path> checkpoint;  ///< to continue from
  double seconds_checking = 0;                      ///< spent on proving the digests of checkpoints
  Progress progress;                                ///< of that checkpoint, or a new run's
  std::vector<std::string> notes;                   ///< what a person should know about the choice
};

/// Opens output_dir for the run `identity`. An unfinished or finished run of the same identity is continued;
/// another run is refused, or discarded with overwrite_output_dir. The global batch of a continued run is the
/// checkpoint's.
///
/// Collective  over `world`
/// Throws      ConfigError (unwritable, foreign, in use), CheckpointError
OutputDirectory open_output_directory(const mpi::Communicator& world, const config::RunConfig& run,
                                      const RunIdentity& identity, const checkpoint::LockRequest& lock);

}  // namespace fullshard::train
