#include "fullshard/optim/grad_norm.hpp"

#include <ATen/ops/cat.h>

#include <cmath>
#include <vector>

#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/mpi/exact_sum.hpp"
#include "fullshard/tensor/host_kernels.hpp"
#include "fullshard/tensor/parallel.hpp"
#include "fullshard/tensor/torch_bridge.hpp"
#include "optim/aten/grad_norm.hpp"

namespace fullshard::optim {

namespace {

template <class T>
void append_squares(std::span<const T> x, std::vector<double>& partials) {
  const auto& kernel = kernels::kernel_table().of<T>();
  const auto n = static_cast<int64_t>(x.size()), blocks = ceil_div(n, kernels::kBlock);
  const size_t before = partials.size();
  partials.resize(before + static_cast<size_t>(blocks));
  tensor::parallel_for(blocks, 64, [&](int64_t begin, int64_t end) {
    const auto first = static_cast<size_t>(begin * kernels::kBlock),
               last = static_cast<size_t>(std::min(n, end * kernels::kBlock));
    kernel.sum_of_squares(
        x.subspan(first, last - first),
        std::span(partials).subspan(before + static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
  });
}

void append_squares(ConstDeviceSpan x, std::vector<double>& partials) {
  x.dtype == DType::F64 ? append_squares(x.as<double>(), partials) : append_squares(x.as<float>(), partials);
}

// One transfer, and one wait for the device.
void append(const std::vector<at::Tensor>& device_partials, std::vector<double>& partials) {
  if (device_partials.empty()) return;
  const at::Tensor all = at::cat(device_partials).to(at::kCPU);
  const std::span<const double> values = tensor::flat(all).as<double>();
  partials.insert(partials.end(), values.begin(), values.end());
}

// Where ranks hold the same slice, the first of them speaks for it.
bool speaks(const shard::ParamStore& store) {
  const mesh::Level level = store.strategy().optimizer;
  return level == mesh::Level::World ||
         (store.here().node.value == 0 && (level == mesh::Level::Node || store.here().local.value == 0));
}

}  // namespace

double grad_norm(const shard::ParamStore& store, const mpi::Communicator& world) {
  const shard::Strategy& s = store.strategy();
  std::vector<double> partials;
  std::vector<at::Tensor> device_partials;
  for (size_t i = 0; i < store.spec().units.size() && speaks(store); ++i) {
    const UnitIndex u(static_cast<int>(i));
    const DeviceSpan gradient = store.part(u, store.gradient(u), s.gradients, s.optimizer);
    for (const shard::TensorExtent& e : store.layout(u).extents(store.slice(u, s.optimizer))) {
      const DeviceSpan g = gradient.slice(e.in_slice, e.count);
      if (tensor::has_host_kernels(g))
        append_squares(g, partials);
      else
        device_partials.push_back(aten::sums_of_squares(tensor::view(g)));
    }
  }
  append(device_partials, partials);
  return std::sqrt(mpi::exact_sum(world, partials));
}

}  // namespace fullshard::optim
