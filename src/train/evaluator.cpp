#include "fullshard/train/evaluator.hpp"

#include <cmath>

#include "fullshard/data/batch_reader.hpp"
#include "fullshard/mpi/exact_sum.hpp"
#include "fullshard/train/batches.hpp"
#include "fullshard/train/data_plan.hpp"

namespace fullshard::train {

EvalResult evaluate(Engine& engine, const std::vector<const data::SampleSource*>& sources,
                    const EvalOptions& options, const mpi::Communicator& world) {
  // One "step" whose global batch is the whole data set: its micro-batches are dealt to the ranks like any
  // other's.
  const auto micro_batches = whole_in_order(sources, options.rows_per_rank).micro_batches(0);
  data::BatchReader reader(sources);
  const mesh::Dealing dealing(engine.mesh, mesh::Level::World, std::ssize(micro_batches));
  std::vector<double> losses;
  int64_t tokens = 0;
  for (int64_t m = 0; m < dealing.micro_steps(); ++m) {
    const data::MicroBatch batch =
        reader.read(data::micro_batch_or_none(micro_batches, dealing.micro_batch(engine.here(), m)));
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
