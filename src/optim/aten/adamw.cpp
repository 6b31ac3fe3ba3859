#include "optim/aten/adamw.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>

#include <algorithm>

namespace fullshard::optim::aten {

using at::Tensor;

void adamw_update(const Extent& e, const AdamWConfig& config, const Update& update, double weight_decay) {
  // The scaled gradient is the only memory that is needed besides: a piece of it at a time.
  constexpr int64_t kPiece = int64_t{1} << 22;
  const Tensor number =
      at::full({}, static_cast<double>(update.number), e.master.options().dtype(at::kFloat));
  for (int64_t first = 0; first < e.master.size(0); first += kPiece) {
    const int64_t count = std::min(kPiece, e.master.size(0) - first);
    const auto piece = [&](const Tensor& t) { return t.narrow(0, first, count); };
    at::_fused_adamw_({piece(e.master)}, {piece(e.gradient) * update.gradient_factor}, {piece(e.exp_avg)},
                      {piece(e.exp_avg_sq)}, /*max_exp_avg_sqs=*/{}, {number}, update.learning_rate,
                      config.beta1, config.beta2, weight_decay, config.eps, /*amsgrad=*/false,
                      /*maximize=*/false);
    if (e.working.defined()) piece(e.working).copy_(piece(e.master));
  }
}

}  // namespace fullshard::optim::aten
