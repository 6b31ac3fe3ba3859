#include "fullshard/shard/param_store.hpp"

#include "fullshard/core/check.hpp"
#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::shard {

namespace {

Elems num_elements(const std::vector<tensor::ParamSpec>& params) {
  Elems sum;
  for (const tensor::ParamSpec& p : params) sum += p.size();
  return sum;
}

void convert(DeviceSpan from, DeviceSpan to) {
  if (to.device.is_host()) return kernels::convert(kernels::kernel_table(), from, to);
  tensor::view(to).copy_(tensor::view(from));
}

}  // namespace

ParamStore::ParamStore(const model::ModelSpec& spec, const mesh::Mesh& mesh, WorldRank rank,
                       comm::MeshCollectives& axes, StoreOptions options)
    : spec_(spec),
      mesh_(mesh),
      rank_(rank),
      options_(std::move(options)),
      vectors_(spec, master_dtype(), axes.device()) {
  // First what each rank has to itself: one without memory must not leave the others waiting for what is
  // shared.
  bool failed = false;
  try {
    for (const model::UnitSpec& unit : spec.units) units_.push_back(make_unit(unit, axes.device()));
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  if (axes.any(failed)) throw std::bad_alloc();
  for (Unit& u : units_) place(u, axes.along(mesh::Axis::Local));
}

ParamStore ParamStore::alone(const model::ModelSpec& spec, DType compute, Purpose purpose) {
  comm::MeshCollectives nobody;
  const std::vector<std::string> here{"here"};
  return ParamStore(spec, mesh::Mesh::from_hosts(here), WorldRank(0), nobody,
                    {.strategy = strategy_named("ddp"), .compute = compute, .purpose = purpose});
}

ParamStore::Unit ParamStore::make_unit(const model::UnitSpec& unit, DeviceId device) const {
  const Strategy& s = options_.strategy;
  Unit u{.layout = FlatLayout(unit.params, mesh_.world_size())};
  const bool small = num_elements(unit.params) <= options_.persistence_threshold;
  u.params = small ? Level::Replica : s.params;
  if (options_.purpose == Purpose::Evaluate) return u;

  if (compute_dtype() != master_dtype() || u.params != s.optimizer)
    u.master_memory = device::Buffer(count(u, s.optimizer), master_dtype(), device);
  u.exp_avg = device::Buffer(count(u, s.optimizer), master_dtype(), device);
  u.exp_avg_sq = device::Buffer(count(u, s.optimizer), master_dtype(), device);
  return u;
}

// What peers read. A node's slices side by side are the unit: where its ranks see one memory, nothing is left
// to gather there.
void ParamStore::place(Unit& u, comm::Collectives& local) const {
  const Elems padded = u.layout.padded(), mine = count(u, u.params);
  if (u.params == Level::Replica) {
    u.working_memory = local.allocate(padded, compute_dtype(), comm::Sharing::Own);
    u.working = u.whole = u.working_memory->span();
  } else if (mine * mesh_.local_size() == padded && local.common_memory()) {
    u.working_memory = local.allocate(padded, compute_dtype(), comm::Sharing::Common);
    u.whole = u.working_memory->span();
    u.working = u.whole.slice(mesh::slice_of(padded, u.params, mesh_, rank_).offset, mine);
  } else {
    u.working_memory = local.allocate(mine, compute_dtype(), comm::Sharing::Own);
    u.working = u.working_memory->span();
  }
  if (options_.purpose == Purpose::Evaluate) return;
  u.master = u.master_memory ? u.master_memory.span() : u.working;
  u.gradient_memory =
      local.allocate(count(u, options_.strategy.gradients), master_dtype(), comm::Sharing::Own);
  u.gradient = u.gradient_memory->span();
}

DeviceSpan ParamStore::part(UnitIndex u, DeviceSpan span, Level held, Level level) const {
  const mesh::Slice all = slice(u, held), mine = slice(u, level);
  return span.slice(mine.offset - all.offset, mine.count);
}

DeviceSpan ParamStore::authoritative(UnitIndex u, const TensorExtent& e) const {
  if (purpose() == Purpose::Train) return master(u).slice(e.in_slice, e.count);
  if (spec_.unit(u).params[e.param].is_vector()) return vectors_.at(u, e.param).slice(e.in_tensor, e.count);
  return working(u).slice(e.in_slice, e.count);
}

model::UnitTensors ParamStore::tensors(UnitIndex u, DeviceSpan whole) const {
  model::UnitTensors views;
  const auto& params = spec_.unit(u).params;
  const at::Tensor flat = tensor::view(whole);  // one storage: neighbours can be viewed as one matrix
  for (size_t p = 0; p < params.size(); ++p)
    views.set(params[p].role,
              flat.narrow(0, layout(u).offset(p).value, layout(u).size(p).value).view(params[p].shape));
  return views;
}

model::UnitTensors ParamStore::weights(UnitIndex u, DeviceSpan whole) const {
  model::UnitTensors views = tensors(u, whole);
  const auto& params = spec_.unit(u).params;
  for (size_t p = 0; p < params.size(); ++p)
    if (params[p].is_vector()) views.set(params[p].role, tensor::view(vectors_.at(u, p), params[p].shape));
  return views;
}

void ParamStore::weights_changed() {
  ++version_;
  if (purpose() == Purpose::Evaluate) {  // the values lie in the vectors themselves
    FS_CHECK(version_ == 1, "weights of a store that only evaluates changed twice");
    return;
  }
  vectors_.clear();
  for (size_t i = 0; i < units_.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    for (const TensorExtent& e : layout(u).extents(slice(u, authoritative_level(u))))
      if (spec_.unit(u).params[e.param].is_vector())
        convert(authoritative(u, e), vectors_.at(u, e.param).slice(e.in_tensor, e.count));
  }
}

void ParamStore::refresh_working(UnitIndex u) {
  if (master(u).data == working(u).data) return;
  convert(master(u), part(u, working(u), params_level(u), options_.strategy.optimizer));
}

ParamStore::Usage ParamStore::usage() const {
  Usage sum{.working = vectors_.size()};
  for (const Unit& u : units_) {
    sum.working += u.working.size();
    if (u.master.data != u.working.data) sum.master += u.master.size();
    sum.moments += u.exp_avg.size() + u.exp_avg_sq.size();
    sum.gradients += u.gradient.size();
  }
  return sum;
}

}  // namespace fullshard::shard
