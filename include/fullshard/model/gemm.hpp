#pragma once

#include <ATen/core/Tensor.h>

#include "fullshard/core/accumulate.hpp"

namespace fullshard::model {

/// c [M,N] (+)= a [M,K] · b [K,N], straight into c.
///
/// Dtypes   all equal, or a and b bfloat16 and c float32 (products summed in fp32, nothing rounded to bf16)
/// Layout   unit stride along one of the two dimensions of a and b (so transposes are views), along the last
/// of c
void gemm_into(const at::Tensor& c, const at::Tensor& a, const at::Tensor& b, Accumulate mode);

}  // namespace fullshard::model
