#include "fullshard/optim/adamw.hpp"

#include <cmath>

#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/tensor/host_kernels.hpp"
#include "fullshard/tensor/parallel.hpp"
#include "fullshard/tensor/torch_bridge.hpp"
#include "optim/aten/adamw.hpp"

namespace fullshard::optim {

namespace {

using kernels::Acc;

// What this rank owns of one parameter.
struct Extent {
  Extent(shard::ParamStore& store, UnitIndex u, const shard::TensorExtent& e) {
    const shard::Strategy& s = store.strategy();
    const auto of = [&](DeviceSpan slice) { return slice.slice(e.in_slice, e.count); };
    gradient = of(store.part(u, store.gradient(u), s.gradients, s.optimizer));
    exp_avg = of(store.exp_avg(u));
    exp_avg_sq = of(store.exp_avg_sq(u));
    master = of(store.master(u));
    separate = store.working(u).data != store.master(u).data;
    if (separate) working = of(store.part(u, store.working(u), store.params_level(u), s.optimizer));
  }
  DeviceSpan gradient, exp_avg, exp_avg_sq, master, working;
  bool separate;  ///< there is a working copy besides the master
};

template <class T>
T* elements(DeviceSpan span) {
  return reinterpret_cast<T*>(span.data);
}

// T is the working type, its accumulation type is the master's.
template <class T>
void update_on_host(const Extent& e, const AdamWConfig& config, const Update& update, double weight_decay) {
  using A = Acc<T>;
  const auto t = static_cast<double>(update.number);
  const kernels::AdamW<T> p{.gradient = elements<A>(e.gradient),
                            .exp_avg = elements<A>(e.exp_avg),
                            .exp_avg_sq = elements<A>(e.exp_avg_sq),
                            .master = elements<A>(e.master),
                            .working = e.separate ? elements<T>(e.working) : nullptr,
                            .gradient_factor = update.gradient_factor,
                            .learning_rate = update.learning_rate,
                            .beta1 = config.beta1,
                            .beta2 = config.beta2,
                            .eps = config.eps,
                            .weight_decay = weight_decay,
                            .correction1 = 1 - std::pow(config.beta1, t),
                            .correction2 = 1 - std::pow(config.beta2, t)};
  const int64_t count = e.master.count.value, blocks = ceil_div(count, kernels::kBlock);
  tensor::parallel_for(blocks, 16, [&](int64_t begin, int64_t end) {
    kernels::kernel_table().of<T>().adamw(p,
                                          {begin * kernels::kBlock, std::min(count, end * kernels::kBlock)});
  });
}

void update_extent(const Extent& e, DType compute, const AdamWConfig& config, const Update& update,
                   double weight_decay) {
  if (tensor::has_host_kernels(e.master)) {
    kernels::with_element_type(compute,
                               [&]<class T>(T) { update_on_host<T>(e, config, update, weight_decay); });
    return;
  }
  aten::adamw_update({.gradient = tensor::view(e.gradient),
                      .exp_avg = tensor::view(e.exp_avg),
                      .exp_avg_sq = tensor::view(e.exp_avg_sq),
                      .master = tensor::view(e.master),
                      .working = e.separate ? tensor::view(e.working) : at::Tensor()},
                     config, update, weight_decay);
}

}  // namespace

void adamw_update(shard::ParamStore& store, const AdamWConfig& config, const Update& update) {
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    for (const shard::TensorExtent& e : store.layout(u).extents(store.slice(u, store.strategy().optimizer))) {
      const bool decays = store.spec().unit(u).params[e.param].decay == tensor::WeightDecay::Yes;
      update_extent(Extent(store, u, e), store.compute_dtype(), config, update,
                    decays ? config.weight_decay : 0);
    }
  }
  store.weights_changed();
}

}  // namespace fullshard::optim
