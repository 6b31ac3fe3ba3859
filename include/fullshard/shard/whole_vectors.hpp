#pragma once
// Norm weights and biases while they compute: whole on every rank and in the dtype of the master weights.
// They are a thousandth of a model, and in bf16 an update of a norm's weight near 1 would change nothing.

#include <vector>

#include "fullshard/device/buffer.hpp"
#include "fullshard/model/model_spec.hpp"

namespace fullshard::shard {

class WholeVectors {
 public:
  /// Zeros for every vector of the model. Throws std::bad_alloc.
  WholeVectors(const model::ModelSpec& spec, DType dtype, DeviceId device = kHost);

  /// One vector, by its index in the unit's params, which must be a vector's.
  DeviceSpan at(UnitIndex u, size_t param) const;
  DeviceSpan all() const { return memory_.span(); }
  void clear();
  Bytes size() const { return memory_.size(); }

 private:
  struct Place {
    Elems offset, count;
  };
  std::vector<std::vector<Place>> places_;  // [unit][param]; matrices have count 0
  device::Buffer memory_;
};

}  // namespace fullshard::shard
