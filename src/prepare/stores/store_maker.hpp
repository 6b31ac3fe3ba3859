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

  int64_t num_workers() const;
  /// Collective. Of every file the bytes of its rows, unpacked, or any number beyond a piece.
  std::vector<int64_t> measured_files();
  int64_t measured(size_t file) const;
  /// Whether there is such a file, and one piece has all of it.
  bool is_small(size_t file) const;
  /// All workers read one file, piece by piece.
  void read_shared(size_t index);
  /// A wave in which each worker reads small files of its own; returns the first file that is left.
  size_t read_small(size_t first);
  /// Gives each worker small files of its own, from `next` on; returns the first that is left.
  size_t share_small(size_t next);
  /// Collective. Each worker does the work, and what comes of it is written. Whether any worker had a piece.
  bool wave(const std::function<void(Worker&)>& work);
  /// Collective. All ranks throw where a worker failed, the first of them by its index.
  void on_threads(const std::function<void(Worker&)>& work);
  /// Where the runs of all workers go.
  std::vector<data::RunPlace> place(std::span<const Count> counts);
  void write(std::span<const data::RunPlace> places);
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
  data::RunPlace next_;         ///< where the next wave begins
  data::Ledger ledger_;         ///< of this rank
  std::vector<int64_t> sizes_;  ///< of the files, as measured_files() says
  int64_t bytes_before_ = 0;
  Stopwatch since_start_;
};

}  // namespace fullshard::prepare
