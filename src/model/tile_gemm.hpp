#pragma once

#include <ATen/core/Tensor.h>

#include "fullshard/core/accumulate.hpp"

namespace fullshard::model {

/// Whether this processor multiplies bf16 matrices tile by tile (AMX) and LibTorch offers its kernels for
/// that.
bool has_tiles();

/// gemm_into for bfloat16 a and b; c float32, or bfloat16 with Overwrite.
///
/// Bits  do not depend on the number of threads
void tile_gemm(const at::Tensor& c, const at::Tensor& a, const at::Tensor& b, Accumulate mode);

}  // namespace fullshard::model
