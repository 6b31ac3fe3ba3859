#include "fullshard/train/proof.hpp"

#include <fmt/format.h>

#include <cmath>

#include "fullshard/convert/import.hpp"
#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/data/batch_reader.hpp"
#include "fullshard/device/staging.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/optim/adamw.hpp"
#include "fullshard/optim/grad_norm.hpp"
#include "fullshard/train/batches.hpp"
#include "fullshard/train/data_plan.hpp"

namespace fullshard::train {

namespace {

// Two orders of one fp32 sum over ranks; a bf16 transfer rounds each term to 8 bits.
double limit_of(const Engine& e, const config::RunConfig& run) {
  if (e.store.master_dtype() == DType::F64) return 1e-12;
  return run.sharding.gradient_transfer == DType::BF16 ? 1e-2 : 1e-5;
}

// AdamW's first update moves every weight by the learning rate, in the direction of its gradient's sign:
// where that is nothing but rounding, the direction is, too.
constexpr double kUpdateMayDifferBy = 1000;

void fill(const config::RunConfig& run, Engine& e) {
  if (run.init == config::Init::Random) {
    convert::initialise_randomly(run.seed, e.store);
  } else {
    const auto directory = convert::open_model(run.model_name_or_path, e.spec);
    convert::import_model(directory, e.store);
  }
}

/// Σ (a − b)² and Σ b² of one tensor on this rank.
struct Squares {
  double difference = 0, reference = 0;
  double relative() const {
    return reference > 0 ? std::sqrt(difference / reference) : std::sqrt(difference);
  }
};

std::vector<double> as_double(ConstDeviceSpan span) {
  std::vector<double> out(static_cast<size_t>(span.count.value));
  const DeviceSpan all = device_span(std::span(out));
  device::Staging().read(
      span, [&](Elems first, ConstDeviceSpan piece) { convert_dtype(all.slice(first, piece.count), piece); });
  return out;
}

template <class Reference>
void add(Squares& s, ConstDeviceSpan mine, ConstDeviceSpan theirs, Reference&& reference) {
  const std::vector<double> a = as_double(mine), b = as_double(theirs);
  for (size_t i = 0; i < a.size(); ++i) {
    const double r = reference(i, b[i]);
    s.difference += (a[i] - b[i]) * (a[i] - b[i]);
    s.reference += r * r;
  }
}

Difference worst(const model::ModelSpec& spec, std::vector<Squares> all, const mpi::Communicator& world) {
  Difference found{-1, ""};  // so that equal models name a tensor, too
  size_t at = 0;
  for (const model::UnitSpec& unit : spec.units)
    for (const tensor::ParamSpec& p : unit.params) {
      const Squares& mine = all[at++];
      const Squares sum{world.sum(mine.difference), world.sum(mine.reference)};
      if (!(sum.relative() <= found.relative)) found = {sum.relative(), p.name};  // NaN is the worst
    }
  return found;
}

std::string layout(const Engine& e) {
  return e.store.strategy().name + " on " + e.mesh.text();
}

}  // namespace

config::RunConfig flat_reference(const config::RunConfig& run, int ranks) {
  config::RunConfig flat = run;
  flat.sharding = {};
  flat.sharding.strategy = config::Strategy::Ddp;
  flat.sharding.mesh_nodes = ranks;
  flat.sharding.reduction = run.sharding.reduction;
  return flat;
}

Side::Side(const config::RunConfig& run, const Inputs& inputs, const mpi::Communicator& world)
    : engine(inputs.model, run, world, shard::Purpose::Train) {
  mpi::together(world, [&] { fill(run, engine); });
  for (size_t i = 0; i < engine.spec.units.size(); ++i) {
    const DeviceSpan master = engine.store.master(UnitIndex(static_cast<int>(i)));
    before.emplace_back(master.count, master.dtype);
    device::copy(before.back().span(), master, device::Stream::computing(master.device));
  }
  const auto micro_batches =
      plan_of(run, inputs, world.size() * run.per_device_train_batch_size).epoch(0).micro_batches(0);
  const mesh::Dealing dealing = engine.gradients.deal(std::ssize(micro_batches));
  const data::MicroBatch batch =
      data::BatchReader(sources_of(inputs))
          .read(data::micro_batch_or_none(micro_batches, dealing.micro_batch(engine.here(), 0)));
  engine.loop.micro_step(view(batch), {dealing, 0});
  norm = optim::grad_norm(engine.store, world);
  optim::adamw_update(engine.store,
                      {.beta1 = run.adam_beta1, .beta2 = run.adam_beta2, .eps = run.adam_epsilon},
                      {.number = 1, .learning_rate = run.learning_rate, .gradient_factor = 1 / norm});
}

Proof compare(const Side& configured, const Side& reference, const mpi::Communicator& world) {
  const shard::ParamStore &store = configured.engine.store, &flat = reference.engine.store;
  const shard::Strategy& s = store.strategy();
  std::vector<Squares> gradients, updates;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    const size_t first = gradients.size();
    gradients.resize(first + store.spec().units[i].params.size());
    updates.resize(gradients.size());
    const ConstDeviceSpan gradient = store.part(u, store.gradient(u), s.gradients, s.optimizer);
    for (const shard::TensorExtent& e : store.layout(u).extents(store.slice(u, s.optimizer))) {
      const Elems in_unit = flat.layout(u).offset(e.param) + e.in_tensor;
      add(gradients[first + e.param], gradient.slice(e.in_slice, e.count),
          flat.gradient(u).slice(in_unit, e.count), [](size_t, double b) { return b; });
      const std::vector<double> before = as_double(reference.before[i].span().slice(in_unit, e.count));
      add(updates[first + e.param], store.master(u).slice(e.in_slice, e.count),
          flat.master(u).slice(in_unit, e.count), [&](size_t k, double b) { return b - before[k]; });
    }
  }
  return {.layouts = layout(configured.engine) + " against " + layout(reference.engine),
          .gradients = worst(store.spec(), gradients, world),
          .update = worst(store.spec(), updates, world),
          .norm = std::abs(configured.norm - reference.norm) / reference.norm};
}

bool Proof::holds() const {
  return gradients.relative <= limit && norm <= limit && update.relative <= limit * kUpdateMayDifferBy;
}

std::string Proof::text() const {
  return fmt::format(
      "{}: gradients differ by {:.2g} ({}), their norm by {:.2g}, the update by {:.2g} ({}); limit "
      "{:.0e}, of updates {:.0e}",
      layouts, gradients.relative, gradients.tensor, norm, update.relative, update.tensor, limit,
      limit * kUpdateMayDifferBy);
}

Proof prove(const config::RunConfig& run, const Inputs& inputs, const mpi::Communicator& world) {
  const Side configured(run, inputs, world), reference(flat_reference(run, world.size()), inputs, world);
  Proof proof = compare(configured, reference, world);
  proof.limit = limit_of(configured.engine, run);
  if (!proof.holds())
    throw NumbersError("--prove: " + proof.text() +
                       ": this layout computes something else; do not train with it, and report it");
  return proof;
}

}  // namespace fullshard::train
