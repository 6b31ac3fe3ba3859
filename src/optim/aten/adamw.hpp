#pragma once

#include <ATen/core/Tensor.h>

#include "fullshard/optim/adamw.hpp"

namespace fullshard::optim::aten {

/// What one rank owns of one parameter, flat: all of the master's type but `working`, which is undefined
/// where the master itself computes.
struct Extent {
  at::Tensor gradient, exp_avg, exp_avg_sq, master, working;
};

/// The update of kernels/adamw.hpp where the tensors are. The gradient stays as it is.
void adamw_update(const Extent& extent, const AdamWConfig& config, const Update& update, double weight_decay);

}  // namespace fullshard::optim::aten
