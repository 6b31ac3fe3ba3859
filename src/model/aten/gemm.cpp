#include "model/aten/gemm.hpp"

#include <ATen/Context.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>

namespace fullshard::model::aten {

namespace {

// LibTorch's default lets cuBLAS add parts of a product in bf16 (split-K) where the result is bf16. The
// setting is the process's: set for one product, and put back.
class Fp32Sums {
 public:
  Fp32Sums() { context_.setAllowBF16ReductionCuBLAS(false); }
  ~Fp32Sums() {
    using enum at::CuBLASReductionOption;
    context_.setAllowBF16ReductionCuBLAS(before_ == AllowReducedPrecisionWithSplitK,
                                         before_ != DisallowReducedPrecisionDisallowSplitK);
  }
  Fp32Sums(const Fp32Sums&) = delete;
  Fp32Sums& operator=(const Fp32Sums&) = delete;

 private:
  at::Context& context_ = at::globalContext();
  at::CuBLASReductionOption before_ = context_.allowBF16ReductionCuBLAS();
};

}  // namespace

void gemm_into(const at::Tensor& c, const at::Tensor& a, const at::Tensor& b, Accumulate mode) {
  const Fp32Sums fp32_sums;
  const at::NoTF32Guard no_tf32;  // which TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1 of some containers would allow
  at::Tensor out = c;             // shares c's memory; the out= form wants a non-const handle
  const at::ScalarType type = c.scalar_type();
  const bool widens = a.scalar_type() != type;
  // What is added to is `out` itself: cuBLAS's beta then accumulates in place, nothing is copied.
  if (mode == Accumulate::Add)
    widens ? at::addmm_out(out, out, a, b, type) : at::addmm_out(out, out, a, b);
  else
    widens ? at::mm_out(out, a, b, type) : at::mm_out(out, a, b);
}

}  // namespace fullshard::model::aten
