#include "fullshard/optim/grad_norm.hpp"

#include <cmath>
#include <numeric>

#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/tensor/parallel.hpp"

namespace fullshard::optim {

namespace {

template <class T>
double sum_of_squares(std::span<const T> x) {
  const auto& kernel = kernels::kernel_table().of<T>();
  const auto n = static_cast<int64_t>(x.size()), blocks = ceil_div(n, kernels::kBlock);
  std::vector<double> partials(static_cast<size_t>(blocks));
  tensor::parallel_for(blocks, 64, [&](int64_t begin, int64_t end) {
    const auto first = static_cast<size_t>(begin * kernels::kBlock),
               last = static_cast<size_t>(std::min(n, end * kernels::kBlock));
    kernel.sum_of_squares(
        x.subspan(first, last - first),
        std::span(partials).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
  });
  return std::accumulate(partials.begin(), partials.end(), 0.0);
}

}  // namespace

double grad_norm(const shard::ParamStore& store, const mpi::Communicator& world) {
  const mesh::Level level = store.strategy().gradients;
  double sum = 0;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    for (const shard::TensorExtent& e : store.layout(u).extents(store.slice(u, level))) {
      const ConstDeviceSpan g = store.gradient(u).slice(e.in_slice, e.count);
      sum += g.dtype == DType::F64 ? sum_of_squares(g.as<double>()) : sum_of_squares(g.as<float>());
    }
  }
  // Replicas hold the same elements: adding them over ranks would count each one `size` times.
  return std::sqrt(level == mesh::Level::Replica ? sum : world.sum(sum));
}

}  // namespace fullshard::optim
