#pragma once
// Computation and communication of a few steps, rank by rank, for chrome://tracing and ui.perfetto.dev.

#include <filesystem>

#include "fullshard/train/engine.hpp"

namespace fullshard::train {

class Trace {
 public:
  /// Begins to keep what `engine` does; its ranks begin their clocks together. Collective over `world`.
  Trace(Engine& engine, const mpi::Communicator& world);

  /// Writes what was kept since as one file, from rank 0, and keeps no more: three rows for each rank,
  /// computing, waiting and communicating. Collective.
  /// Throws IoError, the same on all ranks.
  void write(const std::filesystem::path& path);

 private:
  std::string events() const;

  Engine& engine_;
  const mpi::Communicator& world_;
  double start_;
};

}  // namespace fullshard::train
