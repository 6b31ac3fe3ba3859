#pragma once
// From tensors to the typed pointers that kernels take.

#include <ATen/core/Tensor.h>

#include "fullshard/core/check.hpp"
#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::model {

/// The host memory of `t`; its dtype must be T's.
template <class T>
T* data(const at::Tensor& t) {
  const DType wanted = [] {
    if constexpr (std::is_same_v<T, BF16>)
      return DType::BF16;
    else
      return dtype_of<T>();
  }();
  FS_CHECK(t.is_cpu() && t.scalar_type() == tensor::scalar_type(wanted),
           "a kernel wants {} in host memory and gets {} on {}", name_of(wanted),
           c10::toString(t.scalar_type()), t.device().str());
  return static_cast<T*>(t.mutable_data_ptr());
}

/// Calls f with the kernels of the tensor's element type.
template <class F>
void with_type(const at::Tensor& t, F&& f) {
  kernels::with_element_type(tensor::to_dtype(t.scalar_type()),
                             [&]<class T>(T) { f(kernels::kernel_table().of<T>()); });
}

}  // namespace fullshard::model
