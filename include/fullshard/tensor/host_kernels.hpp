#pragma once
// The one place that chooses between the host's kernels and bodies in ATen operations. A test program that
// defines these two functions itself runs everything through the other bodies
// (tests/support/body_choice.hpp).

#include <ATen/core/Tensor.h>

#include "fullshard/core/span.hpp"

namespace fullshard::tensor {

/// Whether the kernels of fullshard/kernels reach this memory. Where they do not, ATen computes.
bool has_host_kernels(const at::Tensor& t);
bool has_host_kernels(ConstDeviceSpan memory);

}  // namespace fullshard::tensor
