#include "fullshard/train/evaluator.hpp"

#include <cmath>

#include "fullshard/mpi/exact_sum.hpp"
#include "fullshard/train/batches.hpp"

namespace fullshard::train {

EvalResult evaluate(Engine& engine, const data::Dataset& dataset, const EvalOptions& options,
                    const mpi::Communicator& world) {
  // One "step" whose global batch is the whole data set: its micro-batches are dealt to the ranks like any
  // other's.
  const data::BatchPlan plan({.num_samples = dataset.size(),
                              .global_batch = dataset.size(),
                              .micro_batch = options.rows_per_rank,
                              .order = data::Order::AsInFiles});
  const mesh::Dealing dealing(engine.mesh, mesh::Level::World, plan.num_micro_batches(0));
  std::vector<double> losses;
  int64_t tokens = 0;
  for (int64_t m = 0; m < dealing.micro_steps(); ++m) {
    const auto samples = plan.samples_of(0, dealing.micro_batch(engine.here(), m));
    const data::MicroBatch batch = batch_or_idle(dataset, samples);
    losses.push_back(engine.loop.loss(view(batch)));
    tokens += batch.trained;
  }
  tokens = world.sum(tokens);
  const EvalResult result{mpi::exact_sum(world, losses) / static_cast<double>(std::max<int64_t>(1, tokens)),
                          tokens};
  if (!std::isfinite(result.loss))
    throw NumbersError(
        "evaluation: the loss is not finite; the weights hold inf or NaN, or overflow in this precision");
  return result;
}

}  // namespace fullshard::train
