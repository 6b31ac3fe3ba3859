#include "fullshard/tensor/torch_bridge.hpp"

#include <ATen/ops/from_blob.h>

#include <array>

namespace fullshard::tensor {

at::ScalarType scalar_type(DType t) {
  switch (t) {
    case DType::F64:
      return at::kDouble;
    case DType::F32:
      return at::kFloat;
    case DType::F16:
      return at::kHalf;
    case DType::BF16:
      return at::kBFloat16;
    case DType::I64:
      return at::kLong;
    case DType::I32:
      return at::kInt;
    case DType::U8:
      return at::kByte;
  }
  FS_CHECK(false, "dtype {}", static_cast<int>(t));
}

DType to_dtype(at::ScalarType t) {
  switch (t) {
    case at::kDouble:
      return DType::F64;
    case at::kFloat:
      return DType::F32;
    case at::kHalf:
      return DType::F16;
    case at::kBFloat16:
      return DType::BF16;
    case at::kLong:
      return DType::I64;
    case at::kInt:
      return DType::I32;
    case at::kByte:
      return DType::U8;
    default:
      FS_CHECK(false, "no flat memory of {}", c10::toString(t));
  }
}

Tensor view(DeviceSpan memory, std::span<const int64_t> shape) {
  int64_t n = 1;
  for (int64_t s : shape) n *= s;
  FS_CHECK(n == memory.count.value, "{} elements viewed as {}", memory.count.value, n);
  const at::Device device = aten_device(memory.device);
  return at::for_blob(memory.data, at::IntArrayRef(shape.data(), shape.size()))
      .options(at::TensorOptions(scalar_type(memory.dtype)).device(device))
      .target_device(device)
      .make_tensor();
}

Tensor view(DeviceSpan memory) {
  const std::array all{memory.count.value};
  return view(memory, all);
}

DeviceSpan flat(const Tensor& t) {
  FS_CHECK(t.is_contiguous(), "flat memory of a strided tensor");
  const DeviceId device = t.is_cpu() ? kHost : DeviceId{t.get_device()};
  return {static_cast<std::byte*>(t.data_ptr()), {t.numel()}, to_dtype(t.scalar_type()), device};
}

}  // namespace fullshard::tensor
