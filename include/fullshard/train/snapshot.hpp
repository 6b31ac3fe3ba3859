#pragma once
// Between a store's slices and a checkpoint's named tensors.

#include <functional>

#include "fullshard/checkpoint/reader.hpp"
#include "fullshard/checkpoint/writer.hpp"
#include "fullshard/report/step_record.hpp"
#include "fullshard/shard/param_store.hpp"

namespace fullshard::train {

/// Hash over everything that a checkpoint's tensors mean: names, shapes, units, configuration.
std::string model_hash(const model::ModelSpec& spec);

struct Saved {
  report::Transfer transfer;
  Digest digest;  ///< checkpoint::state_digest
};

/// Writes master weights and moments of all ranks, and `side_files` beside them. Rank 0 calls
/// `before_publishing` in the moment before the checkpoint gets its name.
///
/// Collective  over `world`
/// Throws      IoError, the same on all ranks; nothing is left behind then
Saved save_snapshot(const shard::ParamStore& store, const mpi::Communicator& world,
                    const std::filesystem::path& output_dir, checkpoint::RunState run,
                    const std::vector<std::filesystem::path>& side_files,
                    std::function<void()> before_publishing);

/// Fills this rank's slices from any checkpoint of the same model, whatever ranks wrote it. Not collective.
/// Throws CheckpointError if it is of another model, IoError.
void load_snapshot(const checkpoint::CheckpointReader& reader, shard::ParamStore& store);

/// Fills the working slices of a store that only evaluates from the master weights, in whatever precision
/// they were stored. Not collective. Throws like load_snapshot.
void load_weights(const checkpoint::CheckpointReader& reader, shard::ParamStore& store);

}  // namespace fullshard::train
