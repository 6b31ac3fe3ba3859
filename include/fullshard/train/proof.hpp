#pragma once
// Before a run: does the configured layout compute what the flat one does?

#include <string>
#include <vector>

#include "fullshard/train/engine.hpp"
#include "fullshard/train/inputs.hpp"

namespace fullshard::train {

/// The largest ‖a − b‖ / ‖b‖ over the tensors of a model, and where it is.
struct Difference {
  double relative = 0;
  std::string tensor;
};

struct Proof {
  std::string layouts;  ///< "hierarchical on 2×2 against ddp on 4×1"
  Difference gradients;
  Difference update;  ///< of the master weights, against how far they moved
  double norm = 0;    ///< |a − b| / |b|
  double limit = 0;   ///< of gradients and norm, and a thousandfold of updates: docs/numerics.md

  bool holds() const;
  /// One line with all figures.
  std::string text() const;
};

/// The same run in another layout: `ddp` on nodes of one rank each, which share no memory.
config::RunConfig flat_reference(const config::RunConfig& run, int ranks);

/// One side of the comparison: an engine, its gradient norm, and its master weights before the update.
class Side {
 public:
  /// Fills the engine with the weights that the run starts from, takes a micro-step on its first
  /// micro-batches and one update. Collective over `world`.
  Side(const config::RunConfig& run, const Inputs& inputs, const mpi::Communicator& world);

  Engine engine;
  std::vector<device::Buffer> before;  ///< by unit
  double norm = 0;
};

/// Tensor by tensor, each rank its slices. Collective over `world`. `reference` is of flat_reference().
Proof compare(const Side& configured, const Side& reference, const mpi::Communicator& world);

/// Both sides and their comparison; takes the memory of both while it runs. Collective over `world`. Throws
/// NumbersError where a difference is above the limit.
Proof prove(const config::RunConfig& run, const Inputs& inputs, const mpi::Communicator& world);

}  // namespace fullshard::train
