#include "model/aten/cross_entropy.hpp"

#include <ATen/TensorOperators.h>

#include <limits>

#include "fullshard/kernels/cross_entropy.hpp"

namespace fullshard::model::aten {

namespace {

using at::Tensor;

// Sums of this many elements in acc are added in fp64, as in the host's kernel: one fp32 sum over a whole
// vocabulary would be biased.
constexpr int64_t kPiece = 512;

// [n,1], fp64
Tensor row_sums(const Tensor& x) {
  const int64_t whole = x.size(1) / kPiece * kPiece;
  Tensor sum = x.narrow(1, whole, x.size(1) - whole).sum(1, /*keepdim=*/true).to(at::kDouble);
  if (whole > 0)
    sum.add_(
        x.narrow(1, 0, whole).unflatten(1, {-1, kPiece}).sum(2).to(at::kDouble).sum(1, /*keepdim=*/true));
  return sum;
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& gradient, const Tensor& targets) {
  const int64_t V = logits.size(1);
  const Tensor target = targets.clamp(0, V - 1).unsqueeze(1);
  const Tensor untrained = target.ne(targets.unsqueeze(1));  // -100, and what is no token
  const Tensor largest = logits.amax(1, /*keepdim=*/true);
  const Tensor distance = logits.gather(1, target).to(at::kDouble) - largest.to(at::kDouble);
  const Tensor p = logits.sub_(largest).exp_(), sum = row_sums(p);
  const Tensor log_prob = distance - sum.log();
  if (gradient.defined()) {
    p.mul_(sum.reciprocal().masked_fill_(untrained, 0).to(p.scalar_type()));
    // p - 1 from expm1 keeps its digits where p rounds to 1. One element of each row: no two writes meet.
    p.scatter_(1, target, log_prob.expm1().masked_fill_(untrained, 0).to(p.scalar_type()));
    if (gradient.data_ptr() != p.data_ptr()) gradient.copy_(p);
  }
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  return log_prob.neg()
      .masked_fill_(untrained, kNaN)
      .squeeze(1)
      .masked_fill_(targets.eq(kernels::kIgnored), 0);
}

}  // namespace fullshard::model::aten
