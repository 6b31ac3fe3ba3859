#include "fullshard/model/head.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>

#include "fullshard/model/gemm.hpp"
#include "model/cross_entropy.hpp"

namespace fullshard::model {

int64_t head_chunk(int64_t vocab_size) {
  return std::clamp<int64_t>((int64_t{1} << 24) / vocab_size / 64 * 64, 64, 1024);
}

Tensor Head::logits(const UnitTensors& w, const Tensor& x) const {
  const Tensor h = rms_norm(x, w[Role::FinalNorm], config_.rms_norm_eps, matrix(w).scalar_type()).y_ND;
  Tensor logits = at::empty({x.size(0), config_.vocab_size}, x.options());
  if (x.size(0) == 1)
    matrix_vector(logits[0], matrix(w), h);
  else
    gemm_into(logits, h, matrix(w).t(), Accumulate::Overwrite);
  return logits;
}

HeadBackward Head::forward_backward(const UnitTensors& w, const Tensor& x, const MicroBatch& batch,
                                    const UnitTensors& gradients, Accumulate mode) const {
  if (mode == Accumulate::Overwrite) gradients[Role::FinalNorm].zero_();
  const int64_t N = x.size(0), V = config_.vocab_size, chunk = std::min(head_chunk(V), N);
  const Normed h = rms_norm(x, w[Role::FinalNorm], config_.rms_norm_eps, matrix(w).scalar_type());
  const Tensor logits = at::empty({chunk, V}, x.options());
  const Tensor dlogits =
      logits.scalar_type() == h.y_ND.scalar_type() ? logits : at::empty({chunk, V}, h.y_ND.options());
  const Tensor dh = at::empty_like(h.y_ND);

  CrossEntropy losses(batch.targets, x);
  for (int64_t first = 0; first < N; first += chunk) {
    const int64_t n = std::min(chunk, N - first);
    const Tensor h_chunk = h.y_ND.narrow(0, first, n), l = logits.narrow(0, 0, n),
                 dl = dlogits.narrow(0, 0, n);
    gemm_into(l, h_chunk, matrix(w).t(), Accumulate::Overwrite);
    losses.add_chunk(l, dl);
    gemm_into(dh.narrow(0, first, n), dl, matrix(w), Accumulate::Overwrite);
    gemm_into(matrix(gradients), dl.t(), h_chunk, first == 0 ? mode : Accumulate::Add);
  }
  Tensor dx = at::empty_like(x);
  rms_norm_backward(dh, x, h.rstd_N, w[Role::FinalNorm], dx, Accumulate::Overwrite,
                    gradients[Role::FinalNorm]);
  return {losses.loss_sum(), std::move(dx)};
}

double Head::loss(const UnitTensors& w, const Tensor& x, const MicroBatch& batch) const {
  const int64_t N = x.size(0), chunk = std::min(head_chunk(config_.vocab_size), N);
  CrossEntropy losses(batch.targets, x);
  for (int64_t first = 0; first < N; first += chunk)
    losses.add_chunk(logits(w, x.narrow(0, first, std::min(chunk, N - first))), Tensor());
  return losses.loss_sum();
}

}  // namespace fullshard::model
