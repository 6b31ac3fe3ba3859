#pragma once
// Where flat memory and ATen meet. The only public way from a DeviceSpan to a tensor and back.

#include <ATen/core/Tensor.h>

#include <span>

#include "fullshard/core/span.hpp"

namespace fullshard::tensor {

using at::Tensor;

at::ScalarType scalar_type(DType t);
DType to_dtype(at::ScalarType t);
at::Device aten_device(DeviceId device);

/// A tensor over `memory`, which must outlive it. Throws InternalError unless the shape has memory.count
/// elements.
Tensor view(DeviceSpan memory, std::span<const int64_t> shape);

/// The same, in one dimension.
Tensor view(DeviceSpan memory);

/// The memory of a contiguous tensor.
DeviceSpan flat(const Tensor& contiguous);

}  // namespace fullshard::tensor
