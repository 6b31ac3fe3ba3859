#include "fullshard/model/segments.hpp"

#include <ATen/ops/empty.h>

#include <numeric>

#include "fullshard/core/check.hpp"

namespace fullshard::model {

namespace {

at::Tensor int32_tensor(std::span<const int32_t> values, at::Device device) {
  const at::Tensor out = at::empty({static_cast<int64_t>(values.size())}, at::kInt);
  std::copy(values.begin(), values.end(), out.mutable_data_ptr<int32_t>());
  return out.to(device);
}

}  // namespace

Segments::Segments(std::span<const int32_t> starts, at::Device device)
    : starts_(starts.begin(), starts.end()) {
  FS_CHECK(starts.size() >= 2 && starts.front() == 0, "{} starts of sequences", starts.size());
  for (int64_t s = 0; s < count(); ++s) {
    FS_CHECK(length(s) > 0, "sequence {} has {} tokens", s, length(s));
    longest_ = std::max(longest_, length(s));
  }
  on_device_ = int32_tensor(starts_, device);
}

Segments Segments::alike(int64_t count, int64_t length, at::Device device) {
  std::vector<int32_t> starts;
  for (int64_t s = 0; s <= count; ++s) starts.push_back(static_cast<int32_t>(s * length));
  return {starts, device};
}

at::Tensor Segments::positions() const {
  std::vector<int32_t> all(static_cast<size_t>(tokens()));
  for (int64_t s = 0; s < count(); ++s) std::iota(all.begin() + first(s), all.begin() + first(s + 1), 0);
  return int32_tensor(all, on_device_.device());
}

}  // namespace fullshard::model
