#include "model/cross_entropy.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "fullshard/tensor/host_kernels.hpp"
#include "fullshard/tensor/parallel.hpp"
#include "model/aten/cross_entropy.hpp"
#include "model/aten/ops.hpp"
#include "model/typed.hpp"

namespace fullshard::model {

namespace {

using at::Tensor;
using kernels::Acc;
using kernels::Range;

Tensor host_cross_entropy(const Tensor& logits, const Tensor& gradient, const int32_t* targets) {
  const int64_t rows = logits.size(0), V = logits.size(1);
  Tensor losses = at::empty({rows}, at::kDouble);
  double* loss = data<double>(losses);
  with_type(gradient.defined() ? gradient : logits, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const kernels::CrossEntropy<Acc<T>, T> p{.vocabulary = V,
                                             .stride = V,
                                             .logits = data<Acc<T>>(logits),
                                             .gradient = gradient.defined() ? data<T>(gradient) : nullptr,
                                             .target = targets};
    tensor::parallel_for(rows, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) loss[r] = k.cross_entropy_of_acc(p, Range{r, r + 1});
    });
  });
  return losses;
}

}  // namespace

CrossEntropy::CrossEntropy(std::span<const int32_t> targets, const Tensor& like) : targets_(targets) {
  if (!tensor::has_host_kernels(like)) device_targets_ = aten::indices(targets, like);
}

void CrossEntropy::add_chunk(const Tensor& logits, const Tensor& gradient) {
  const int64_t first = next_, n = logits.size(0);
  FS_CHECK(first + n <= static_cast<int64_t>(targets_.size()), "{} logits after {} of {} targets", n, first,
           targets_.size());
  next_ += n;
  losses_.push_back(device_targets_.defined()
                        ? aten::cross_entropy(logits, gradient, device_targets_.narrow(0, first, n))
                        : host_cross_entropy(logits, gradient, targets_.data() + first));
}

double CrossEntropy::loss_sum() const {
  if (losses_.empty()) return 0;
  const Tensor all = at::cat(losses_).to(at::kCPU);  // one transfer, one wait for the device
  const double* loss = data<double>(all);
  double sum = 0;
  for (const Tensor& chunk : losses_) {
    double chunk_sum = 0;
    for (int64_t i = 0; i < chunk.size(0); ++i) chunk_sum += *loss++;
    sum += chunk_sum;
  }
  return sum;
}

}  // namespace fullshard::model
