#include "fullshard/shard/flat_layout.hpp"

#include <algorithm>

namespace fullshard::shard {

FlatLayout::FlatLayout(std::span<const tensor::ParamSpec> params, int world_size) {
  Elems at;
  for (const tensor::ParamSpec& p : params) {
    offsets_.push_back(at);
    sizes_.push_back(p.size());
    at = {round_up(at.value + p.size().value, kTensorAlignment)};
  }
  padded_ = {round_up(at.value, kTensorAlignment * world_size)};
}

std::vector<TensorExtent> FlatLayout::extents(mesh::Slice slice) const {
  std::vector<TensorExtent> found;
  const Elems slice_end = slice.offset + slice.count;
  for (size_t p = 0; p < offsets_.size(); ++p) {
    const Elems begin = std::max(offsets_[p], slice.offset),
                end = std::min(offsets_[p] + sizes_[p], slice_end);
    if (begin < end) found.push_back({p, begin - offsets_[p], begin - slice.offset, end - begin});
  }
  return found;
}

}  // namespace fullshard::shard
