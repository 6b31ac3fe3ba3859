#pragma once
// The checkpoints of an output directory: which there are, which one to continue from, which ones to remove.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::checkpoint {

struct CatalogEntry {
  std::filesystem::path path;
  int64_t step = 0;
};

/// Directories named checkpoint-<step>, by rising step; only the name was looked at. Empty where the
/// directory does not exist.
std::vector<CatalogEntry> list_checkpoints(const std::filesystem::path& output_dir);

/// How far a checkpoint is examined before it is trusted.
enum class Depth {
  Sizes,   ///< manifest, sizes, identity: milliseconds
  Digests  ///< every byte, spread over the ranks
};

struct Selection {
  std::optional<CatalogEntry> newest;
  std::vector<std::string> rejected;  ///< a sentence for each newer one that was passed over
};

/// The newest checkpoint that is whole, the same on every rank: rank 0 alone looks at names.
///
/// Collective  over `comm`
Selection newest_valid(const mpi::Communicator& comm, const std::filesystem::path& output_dir, Depth depth);

/// Removes what writes and removals that were cut off have left behind (checkpoint-<step>.partial-<uuid>) and
/// returns it. For one process that holds the output lock, while nobody writes.
std::vector<std::filesystem::path> remove_partials(const std::filesystem::path& output_dir);

struct Retention {
  int keep_last = 1;                               ///< newest valid ones to keep, at least 1
  std::optional<std::filesystem::path> keep_best;  ///< kept whatever its age
};

/// Removes older checkpoints and returns their paths. What is not a valid checkpoint of ours is neither
/// counted nor touched. For one process that holds the output lock.
///
/// Throws      IoError
std::vector<std::filesystem::path> apply_retention(const std::filesystem::path& output_dir,
                                                   const Retention& retention);

}  // namespace fullshard::checkpoint
