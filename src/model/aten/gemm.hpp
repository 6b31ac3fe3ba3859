#pragma once

#include "fullshard/model/gemm.hpp"

namespace fullshard::model::aten {

/// gemm_into by the library of the tensors' own device (cuBLAS), and sums never in less than fp32. bfloat16
/// into float32 exists on CUDA only.
void gemm_into(const at::Tensor& c, const at::Tensor& a, const at::Tensor& b, Accumulate mode);

}  // namespace fullshard::model::aten
