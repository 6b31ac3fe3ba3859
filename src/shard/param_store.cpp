#include "fullshard/shard/param_store.hpp"

#include <array>

#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::shard {

ParamStore::ParamStore(const model::ModelSpec& spec, const mesh::Mesh& mesh, WorldRank rank,
                       StoreOptions options)
    : spec_(spec), mesh_(mesh), rank_(rank), options_(std::move(options)), vectors_(spec, master_dtype()) {
  const Strategy& s = options_.strategy;
  const bool separate = compute_dtype() != master_dtype() || s.params != s.optimizer;
  for (const model::UnitSpec& unit : spec.units) {
    Unit u{FlatLayout(unit.params, mesh.world_size()), {}, {}, {}, {}, {}};
    const auto allocate = [&](Level level, DType dtype) {
      return device::Buffer(mesh::slice_of(u.layout.padded(), level, mesh_, rank_).count, dtype);
    };
    if (options_.purpose == Purpose::Evaluate) {
      u.working = allocate(s.params, compute_dtype());
    } else {
      if (separate) u.working = allocate(s.params, compute_dtype());
      u.master = allocate(s.optimizer, master_dtype());
      u.exp_avg = allocate(s.optimizer, master_dtype());
      u.exp_avg_sq = allocate(s.optimizer, master_dtype());
      u.gradient = allocate(s.gradients, master_dtype());
    }
    units_.push_back(std::move(u));
  }
}

DeviceSpan ParamStore::working(UnitIndex u) const {
  const Unit& unit = units_[index(u)];
  return unit.working ? unit.working.span() : unit.master.span();
}

DeviceSpan ParamStore::authoritative(UnitIndex u, const TensorExtent& e) const {
  if (purpose() == Purpose::Train) return master(u).slice(e.in_slice, e.count);
  if (spec_.unit(u).params[e.param].is_vector()) return vectors_.at(u, e.param).slice(e.in_tensor, e.count);
  return working(u).slice(e.in_slice, e.count);
}

model::UnitTensors ParamStore::tensors(UnitIndex u, DeviceSpan whole) const {
  model::UnitTensors views;
  const auto& params = spec_.unit(u).params;
  const std::array all{whole.count.value};
  const at::Tensor flat = tensor::view(whole, all);  // one storage: neighbours can be viewed as one matrix
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
    for (const TensorExtent& e : layout(u).extents(slice(u, authoritative_level())))
      if (spec_.unit(u).params[e.param].is_vector())
        convert_dtype(vectors_.at(u, e.param).slice(e.in_tensor, e.count), authoritative(u, e));
  }
}

void ParamStore::refresh_working(UnitIndex u) {
  if (!units_[index(u)].working) return;
  // The optimizer's slice is never larger than the parameters'; gathering the rest is the lattice's business.
  const mesh::Slice optimizer = slice(u, options_.strategy.optimizer),
                    params = slice(u, options_.strategy.params);
  const DeviceSpan target = working(u).slice(optimizer.offset - params.offset, optimizer.count);
  kernels::convert(kernels::kernel_table(), master(u), target);
}

ParamStore::Usage ParamStore::usage() const {
  Usage sum{.working = vectors_.size()};
  for (const Unit& u : units_) {
    sum.working += u.working.size();
    sum.master += u.master.size();
    sum.moments += u.exp_avg.size() + u.exp_avg_sq.size();
    sum.gradients += u.gradient.size();
  }
  return sum;
}

}  // namespace fullshard::shard
