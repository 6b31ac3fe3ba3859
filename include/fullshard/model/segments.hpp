#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace fullshard::model {

/// Sequences end to end, without padding: sequence s is tokens [starts[s], starts[s + 1]) and sees no other.
///
///   starts 0 3 5 9      a a a b b c c c c
class Segments {
 public:
  /// `starts` [S+1] rises from 0 to N. Throws InternalError if it does not.
  Segments(std::span<const int32_t> starts, at::Device device = at::kCPU);
  /// `count` sequences of one length.
  static Segments alike(int64_t count, int64_t length, at::Device device = at::kCPU);

  int64_t count() const { return static_cast<int64_t>(starts_.size()) - 1; }
  int64_t tokens() const { return starts_.back(); }
  int64_t first(int64_t s) const { return starts_[static_cast<size_t>(s)]; }
  int64_t length(int64_t s) const { return first(s + 1) - first(s); }
  int64_t longest() const { return longest_; }
  /// starts [S+1], int32, where blocks compute: as FlashAttention reads them.
  const at::Tensor& on_device() const { return on_device_; }
  /// [N], int32: each token's place in its sequence.
  at::Tensor positions() const;

 private:
  std::vector<int32_t> starts_;
  int64_t longest_ = 0;
  at::Tensor on_device_;
};

}  // namespace fullshard::model
