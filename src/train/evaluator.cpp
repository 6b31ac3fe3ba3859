#include "fullshard/train/evaluator.hpp"

#include <cmath>

#include "fullshard/train/batches.hpp"

namespace fullshard::train {

EvalResult evaluate(StepLoop& loop, const data::Dataset& dataset, const EvalOptions& options,
                    const mpi::Communicator& world) {
  // One "step" whose global batch is the whole data set: its micro-batches are dealt to the ranks like any
  // other's.
  const data::BatchPlan plan({.num_samples = dataset.size(),
                              .global_batch = dataset.size(),
                              .micro_batch = options.rows_per_rank,
                              .order = data::Order::AsInFiles});
  double sum = 0;
  int64_t tokens = 0;
  for (const data::MicroStep& step : plan.micro_steps_of(0, WorldRank(world.rank()), world.size())) {
    const data::MicroBatch batch = batch_or_idle(dataset, step.samples, options.pad_id);
    sum += loop.loss(view(batch));
    tokens += batch.trained;
  }
  const EvalResult result{world.sum(sum) / static_cast<double>(std::max<int64_t>(1, world.sum(tokens))),
                          world.sum(tokens)};
  if (!std::isfinite(result.loss))
    throw NumbersError(
        "evaluation: the loss is not finite; the weights hold inf or NaN, or overflow in this precision");
  return result;
}

}  // namespace fullshard::train
