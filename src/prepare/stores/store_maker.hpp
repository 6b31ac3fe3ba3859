#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "fullshard/core/clock.hpp"
#include "fullshard/data/token_store_writer.hpp"
#include "fullshard/prepare/pieces.hpp"
#include "fullshard/prepare/source_store.hpp"
#include "prepare/reading/file_states.hpp"

namespace fullshard::prepare {

/// Makes the store of one source on all ranks and threads: in waves, each worker takes the next piece of a
/// file, or the next of files that are smaller, all agree where their tokens go, and each writes its own.
class StoreMaker {
 public:
  StoreMaker(const SourceFiles& source, const FileStates& states, const StoreOptions& options,
             const mpi::Communicator& world, const Digest& key);

  ~StoreMaker();

  /// Collective. `partial` becomes `path` when all of it is on the disk.
  void make(const std::filesystem::path& partial, const std::filesystem::path& path);

 private:
  struct Worker;
  /// What one worker's piece came to.
  struct Count {
    int64_t pieces = 0, tokens = 0, samples = 0, documents = 0;
  };

  /// Bytes of the files that are smaller than a piece, 0 for the others.
  std::vector<int64_t> small_files() const;
  /// All workers read one file, piece by piece.
  void read_shared(size_t index);
  /// A wave in which each worker reads small files of its own, from `next` on; returns the first that is
  /// left.
  size_t read_small(const std::vector<int64_t>& small, size_t next);
  /// Whether any worker of any rank had a piece.
  bool wave(const std::function<void(Worker&)>& work);
  void add(Worker& worker, const Piece& piece, const std::filesystem::path& file, const FileKind& kind) const;
  /// Whether the run file has rows with this fault left out.
  bool drops(data::Fault fault) const;
  std::vector<Count> exchange();
  void report(int64_t bytes_of_file) const;

  const SourceFiles& source_;
  const FileStates& states_;
  const StoreOptions& options_;
  const mpi::Communicator& world_;
  Digest key_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<data::TokenStoreWriter> writer_;
  data::RunPlace next_;        ///< where the next wave begins
  data::Ledger ledger_;        ///< of this rank
  int64_t trained_words_ = 0;  ///< of this rank, joined documents: words that count in a loss
  int64_t bytes_before_ = 0;
  Stopwatch since_start_;
};

}  // namespace fullshard::prepare
