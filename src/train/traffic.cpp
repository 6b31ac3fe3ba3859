#include "fullshard/train/traffic.hpp"

#include <optional>

#include "fullshard/shard/gather_ring.hpp"
#include "fullshard/shard/grad_ring.hpp"
#include "fullshard/train/engine.hpp"

namespace fullshard::train {

namespace {

/// One rank's rings over memory that is never touched.
class PaperRank {
 public:
  PaperRank(const TrafficQuestion& q, WorldRank rank)
      : spec_(q.spec),
        axes_(q.mesh, rank, transfers(q.run.sharding, q.device)),
        store_(q.spec, q.mesh, rank, axes_,
               {.strategy = q.strategy,
                .compute = compute_dtype(q.run.precision),
                .persistence_threshold = {q.run.sharding.persistence_threshold}}),
        ring_(store_, axes_, ring_options(q.run.sharding, q.spec.config.num_layers)),
        gradients_(store_, axes_, reduction_of(q.run.sharding)) {}

  /// What a step sends when the one before has left what it leaves.
  Bytes step(int64_t micro_batches) {
    one_step(micro_batches);
    const Bytes before = axes_.journal().totals().sent_between_nodes;
    one_step(micro_batches);
    return axes_.journal().totals().sent_between_nodes - before;
  }

 private:
  void one_step(int64_t micro_batches) {
    store_.weights_changed();
    const mesh::Dealing dealing = gradients_.deal(micro_batches);
    for (int64_t m = 0; m < dealing.micro_steps(); ++m) micro_step({dealing, m});
  }

  // The order of StepLoop::micro_step, without its mathematics.
  void micro_step(const shard::MicroStepPosition& position) {
    const int64_t layers = spec_.config.num_layers;
    gradients_.begin_micro_step(position);
    visit(spec_.embed_unit());
    for (int64_t l = 0; l < layers; ++l) visit(spec_.block_unit(l));
    visit(spec_.head_unit());
    if (!spec_.config.tied) gradients_.acquire(spec_.head_unit()).reduce();
    for (int64_t l = layers; l-- > 0;) {
      visit(spec_.block_unit(l));
      gradients_.acquire(spec_.block_unit(l)).reduce();
    }
    gradients_.acquire(spec_.embed_unit()).reduce();
  }

  void visit(UnitIndex unit) { const shard::GatheredUnit whole = ring_.acquire(unit); }

  const model::ModelSpec& spec_;
  comm::MeshCollectives axes_;
  shard::ParamStore store_;
  shard::GatherRing ring_;
  shard::GradRing gradients_;
};

}  // namespace

Bytes sent_between_nodes(const TrafficQuestion& q) {
  Bytes sum;
  for (int r = 0; r < q.mesh.world_size(); ++r)
    if (q.mesh.at(WorldRank(r)).node == NodeIndex(0)) sum += PaperRank(q, WorldRank(r)).step(q.micro_batches);
  return sum;
}

}  // namespace fullshard::train
