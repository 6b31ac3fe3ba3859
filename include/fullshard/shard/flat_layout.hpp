#pragma once
// Where each tensor of a unit lies in its flat buffer: pure arithmetic, the same on every rank.
//
//   |input_norm··|q_proj············|k_proj····|… |down_proj·········|padding|
//   ^ every tensor starts at a multiple of 2,048 elements            ^ logical   ^ padded: a multiple of
//   world × 2,048

#include <span>
#include <vector>

#include "fullshard/mesh/mesh.hpp"
#include "fullshard/tensor/param_spec.hpp"

namespace fullshard::shard {

/// Part of the hashed layout: GEMM pointers are aligned, blocks of norms are never cut, file extents start at
/// 4 KiB.
constexpr int64_t kTensorAlignment = 2048;

/// The part of one tensor that lies in a slice.
struct TensorExtent {
  size_t param;     ///< index in the unit's params
  Elems in_tensor;  ///< first element, counted in the tensor
  Elems in_slice;   ///< the same element, counted in the slice
  Elems count;
};

class FlatLayout {
 public:
  FlatLayout(std::span<const tensor::ParamSpec> params, int world_size);

  Elems padded() const { return padded_; }
  Elems offset(size_t param) const { return offsets_[param]; }
  Elems size(size_t param) const { return sizes_[param]; }
  size_t num_params() const { return offsets_.size(); }
  /// The tensors' parts inside `slice`, in order; together over all slices each element is there exactly
  /// once.
  std::vector<TensorExtent> extents(mesh::Slice slice) const;

 private:
  std::vector<Elems> offsets_, sizes_;
  Elems padded_;
};

}  // namespace fullshard::shard
