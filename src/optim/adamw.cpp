#include "fullshard/optim/adamw.hpp"

#include <cmath>

#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/tensor/parallel.hpp"

namespace fullshard::optim {

namespace {

using kernels::Acc;

template <class T>
T* at(DeviceSpan span, Elems offset) {
  return reinterpret_cast<T*>(span.data) + offset.value;
}

// One tensor's extent; T is the working type, its accumulation type is the master's.
template <class T>
void update_extent(shard::ParamStore& store, UnitIndex u, const shard::TensorExtent& e, kernels::AdamW<T> p) {
  using A = Acc<T>;
  const shard::Strategy& s = store.strategy();
  p.gradient = at<A>(store.part(u, store.gradient(u), s.gradients, s.optimizer), e.in_slice);
  p.exp_avg = at<A>(store.exp_avg(u), e.in_slice);
  p.exp_avg_sq = at<A>(store.exp_avg_sq(u), e.in_slice);
  p.master = at<A>(store.master(u), e.in_slice);
  const bool separate = store.working(u).data != store.master(u).data;
  if (separate)
    p.working = at<T>(store.part(u, store.working(u), store.params_level(u), s.optimizer), e.in_slice);

  const int64_t blocks = ceil_div(e.count.value, kernels::kBlock);
  tensor::parallel_for(blocks, 16, [&](int64_t begin, int64_t end) {
    kernels::kernel_table().of<T>().adamw(
        p, {begin * kernels::kBlock, std::min(e.count.value, end * kernels::kBlock)});
  });
}

}  // namespace

void adamw_update(shard::ParamStore& store, const AdamWConfig& config, const Update& update) {
  const auto t = static_cast<double>(update.number);
  kernels::with_element_type(store.compute_dtype(), [&]<class T>(T) {
    kernels::AdamW<T> p{.gradient_factor = update.gradient_factor,
                        .learning_rate = update.learning_rate,
                        .beta1 = config.beta1,
                        .beta2 = config.beta2,
                        .eps = config.eps,
                        .correction1 = 1 - std::pow(config.beta1, t),
                        .correction2 = 1 - std::pow(config.beta2, t)};
    for (size_t i = 0; i < store.spec().units.size(); ++i) {
      const UnitIndex u(static_cast<int>(i));
      for (const shard::TensorExtent& e :
           store.layout(u).extents(store.slice(u, store.strategy().optimizer))) {
        p.weight_decay =
            store.spec().unit(u).params[e.param].decay == tensor::WeightDecay::Yes ? config.weight_decay : 0;
        update_extent<T>(store, u, e, p);
      }
    }
  });
  store.weights_changed();
}

}  // namespace fullshard::optim
