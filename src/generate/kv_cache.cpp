#include "fullshard/generate/kv_cache.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "fullshard/core/check.hpp"

namespace fullshard::generate {

namespace {

constexpr int64_t kLeastCapacity = 256;

}  // namespace

KvCache::KvCache(const config::ModelConfig& config, at::ScalarType type)
    : width_(2 * config.num_kv_heads * config.head_dim),
      type_(type),
      layers_(static_cast<size_t>(config.num_layers)) {}

void KvCache::extend(int64_t count) {
  const int64_t length = length_ + count;
  if (length > capacity_) {
    capacity_ = std::max({length, 2 * capacity_, kLeastCapacity});
    for (at::Tensor& layer : layers_) {
      const at::Tensor larger = at::empty({capacity_, width_}, type_);
      if (length_ > 0) larger.narrow(0, 0, length_).copy_(layer.narrow(0, 0, length_));
      layer = larger;
    }
  }
  length_ = length;
}

at::Tensor KvCache::store(int64_t layer, const at::Tensor& newest) {
  const at::Tensor& all = layers_[static_cast<size_t>(layer)];
  const int64_t n = newest.size(0);
  FS_CHECK(n <= length_, "{} tokens stored of {}", n, length_);
  all.narrow(0, length_ - n, n).copy_(newest);
  return all.narrow(0, 0, length_);
}

}  // namespace fullshard::generate
