#pragma once

#include <ATen/core/Tensor.h>

namespace fullshard::optim::aten {

/// Σ x² of each block of 2,048 elements of x [n], in fp64, where x is. A block's bits depend on its elements
/// alone, neither on where it lies nor on what is summed with it.
at::Tensor sums_of_squares(const at::Tensor& x);

}  // namespace fullshard::optim::aten
