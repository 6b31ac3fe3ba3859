#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <span>

#include "fullshard/core/span.hpp"
#include "fullshard/model/model_spec.hpp"

namespace fullshard::model {

using at::Tensor;
using tensor::Role;

/// The tensors of a gathered unit, or of its gradient, as views into memory that must outlive them. Vectors
/// (norm weights, biases) are acc in both; matrices are of the computing type in a unit.
class UnitTensors {
 public:
  UnitTensors() = default;
  void set(Role role, Tensor t) { tensors_[static_cast<size_t>(role)] = std::move(t); }
  bool has(Role role) const { return (*this)[role].defined(); }
  const Tensor& operator[](Role role) const { return tensors_[static_cast<size_t>(role)]; }

 private:
  std::array<Tensor, static_cast<size_t>(Role::Count)> tensors_;
};

}  // namespace fullshard::model
