#include "optim/aten/grad_norm.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "fullshard/core/sizes.hpp"
#include "fullshard/kernels/types.hpp"

namespace fullshard::optim::aten {

using at::Tensor;
using kernels::kBlock;

// A device divides a sum over its threads by the shape of the whole, so all sums have one shape, padded by
// zeros.
Tensor sums_of_squares(const Tensor& x) {
  constexpr int64_t kRows = 512;
  const auto options = x.options().dtype(at::kDouble);
  const int64_t n = x.size(0), blocks = ceil_div(n, kBlock);
  Tensor sums = at::empty({blocks}, options);
  for (int64_t first = 0; first < blocks; first += kRows) {
    const int64_t rows = std::min(kRows, blocks - first),
                  count = std::min(kRows * kBlock, n - first * kBlock);
    const Tensor from = x.narrow(0, first * kBlock, count);
    const bool full = count == kRows * kBlock;
    Tensor batch = full ? from.to(at::kDouble) : at::zeros({kRows * kBlock}, options);
    if (!full) batch.narrow(0, 0, count).copy_(from);
    const Tensor squares = batch.square().view({kRows, kBlock});  // exact for fp32
    sums.narrow(0, first, rows).copy_(squares.sum(1).narrow(0, 0, rows));
  }
  return sums;
}

}  // namespace fullshard::optim::aten
