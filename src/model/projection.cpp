#include "fullshard/model/projection.hpp"

#include <ATen/ops/empty.h>

#include "fullshard/model/gemm.hpp"
#include "fullshard/model/ops.hpp"

namespace fullshard::model {

namespace {

struct Panel {
  int64_t column, width;
  Tensor matrix;  // [width, D]
};

// Merges matrices that follow each other in memory without padding.
std::vector<Panel> panels(const UnitTensors& t, std::span<const Layer> layers) {
  std::vector<Panel> found;
  int64_t column = 0;
  for (const Layer& layer : layers) {
    const Tensor& w = t[layer.weight];
    const int64_t rows = w.size(0), D = w.size(1);
    if (!found.empty()) {
      Panel& last = found.back();
      const auto* end = static_cast<const std::byte*>(last.matrix.const_data_ptr()) + last.matrix.nbytes();
      if (end == w.const_data_ptr() && last.matrix.is_alias_of(w)) {  // touching by chance does not count
        last.width += rows;
        last.matrix = last.matrix.as_strided({last.width, D}, {D, 1});
        column += rows;
        continue;
      }
    }
    found.push_back({column, rows, w});
    column += rows;
  }
  return found;
}

int64_t width(const std::vector<Panel>& p) {
  return p.back().column + p.back().width;
}

// One token, in acc.
Tensor row_product(const Tensor& x, const std::vector<Panel>& parts) {
  const Tensor sums = at::empty({1, width(parts)}, x.options().dtype(acc_type(x.scalar_type())));
  for (const Panel& p : parts) matrix_vector(sums[0].narrow(0, p.column, p.width), p.matrix, x);
  return sums;
}

Tensor product(const Tensor& x, const std::vector<Panel>& parts) {
  if (x.size(0) == 1) return row_product(x, parts).to(x.scalar_type());
  Tensor y = at::empty({x.size(0), width(parts)}, x.options());
  for (const Panel& p : parts)
    gemm_into(y.narrow(1, p.column, p.width), x, p.matrix.t(), Accumulate::Overwrite);
  return y;
}

void add_bias(const Tensor& y, const UnitTensors& weights, std::span<const Layer> layers) {
  int64_t column = 0;
  for (const Layer& layer : layers) {
    const int64_t columns = weights[layer.weight].size(0);
    if (weights.has(layer.bias)) y.narrow(1, column, columns).add_(weights[layer.bias]);
    column += columns;
  }
}

}  // namespace

Tensor project(const Tensor& x, const UnitTensors& weights, std::span<const Layer> layers) {
  const Tensor y = product(x, panels(weights, layers));
  add_bias(y, weights, layers);
  return y;
}

Tensor project_onto(const Tensor& residual, const Tensor& x, const UnitTensors& weights,
                    std::span<const Layer> layers) {
  const auto parts = panels(weights, layers);
  Tensor y = residual.clone();
  if (x.size(0) == 1)
    y.add_(row_product(x, parts));
  else
    for (const Panel& p : parts) gemm_into(y.narrow(1, p.column, p.width), x, p.matrix.t(), Accumulate::Add);
  add_bias(y, weights, layers);
  return y;
}

Tensor project_backward_input(const Tensor& dy, const UnitTensors& weights, std::span<const Layer> layers) {
  const auto parts = panels(weights, layers);
  const Tensor dx = at::empty({dy.size(0), parts[0].matrix.size(1)}, dy.options());
  for (const Panel& p : parts)
    gemm_into(dx, dy.narrow(1, p.column, p.width), p.matrix,
              &p == &parts[0] ? Accumulate::Overwrite : Accumulate::Add);
  return dx;
}

void project_backward_weights(const Tensor& dy, const Tensor& x, const UnitTensors& gradients,
                              std::span<const Layer> layers, Accumulate mode) {
  for (const Panel& p : panels(gradients, layers))
    gemm_into(p.matrix, dy.narrow(1, p.column, p.width).t(), x, mode);
  int64_t column = 0;
  for (const Layer& layer : layers) {
    const int64_t columns = gradients[layer.weight].size(0);
    if (gradients.has(layer.bias)) bias_backward(gradients[layer.bias], dy.narrow(1, column, columns));
    column += columns;
  }
}

}  // namespace fullshard::model
