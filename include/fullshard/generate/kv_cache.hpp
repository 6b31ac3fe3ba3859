#pragma once
// Keys and values of the tokens that one sequence has so far, rotated already.
//
// Shapes: T tokens, K key heads of width dh.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "fullshard/config/model_config.hpp"

namespace fullshard::generate {

class KvCache {
 public:
  KvCache(const config::ModelConfig& config, at::ScalarType type);

  int64_t length() const { return length_; }
  int64_t capacity() const { return capacity_; }
  void clear() { length_ = 0; }
  /// Makes room for `count` more tokens in every layer and counts them; each layer must then store its own.
  void extend(int64_t count);
  /// keys beside values [n, 2K·dh] of the newest n tokens. Returns those of all tokens [T, 2K·dh], a view.
  at::Tensor store(int64_t layer, const at::Tensor& newest);

 private:
  int64_t width_;
  at::ScalarType type_;
  std::vector<at::Tensor> layers_;  // [capacity, 2K·dh]
  int64_t length_ = 0, capacity_ = 0;
};

}  // namespace fullshard::generate
