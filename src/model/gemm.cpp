#include "fullshard/model/gemm.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "fullshard/core/check.hpp"
#include "model/aten/gemm.hpp"
#include "model/tile_gemm.hpp"

// MKL's GEMM from bf16 into fp32, which LibTorch's own build exports and ATen does not offer on the CPU.
// Weak: a LibTorch built with another BLAS lacks it, and then a product is rounded to bf16 before it is
// added.
extern "C" __attribute__((weak)) void cblas_gemm_bf16bf16f32(int layout, int transa, int transb, int m, int n,
                                                             int k, float alpha, const void* a, int lda,
                                                             const void* b, int ldb, float beta, float* c,
                                                             int ldc);

namespace fullshard::model {

namespace {

constexpr int kRowMajor = 101, kNoTrans = 111, kTrans = 112;  // cblas.h

struct Operand {
  int transposed, leading;
};

Operand operand(const at::Tensor& t) {
  const int rows = static_cast<int>(t.size(0)), columns = static_cast<int>(t.size(1));
  if (t.stride(1) == 1 || columns == 1)
    return {kNoTrans, static_cast<int>(std::max<int64_t>(t.stride(0), columns))};
  FS_CHECK(t.stride(0) == 1 || rows == 1, "matrix with strides {}, {}", t.stride(0), t.stride(1));
  return {kTrans, static_cast<int>(std::max<int64_t>(t.stride(1), rows))};
}

void gemm_bf16_into_f32(const at::Tensor& c, const at::Tensor& a, const at::Tensor& b, Accumulate mode) {
  const float beta = mode == Accumulate::Add ? 1.0f : 0.0f;
  if (cblas_gemm_bf16bf16f32 == nullptr) {
    const at::Tensor product = at::mm(a, b);
    mode == Accumulate::Add ? c.add_(product) : c.copy_(product);
    return;
  }
  const Operand oa = operand(a), ob = operand(b);
  cblas_gemm_bf16bf16f32(kRowMajor, oa.transposed, ob.transposed, static_cast<int>(c.size(0)),
                         static_cast<int>(c.size(1)), static_cast<int>(a.size(1)), 1.0f, a.const_data_ptr(),
                         oa.leading, b.const_data_ptr(), ob.leading, beta, c.mutable_data_ptr<float>(),
                         static_cast<int>(c.stride(0)));
}

// Packing a factor pays from this many rows of the other on.
bool fills_tiles(const at::Tensor& c, const at::Tensor& a) {
  return std::min({c.size(0), c.size(1), a.size(1)}) >= 32;
}

}  // namespace

void gemm_into(const at::Tensor& c, const at::Tensor& a, const at::Tensor& b, Accumulate mode) {
  FS_CHECK(a.size(0) == c.size(0) && b.size(1) == c.size(1) && a.size(1) == b.size(0),
           "gemm [{},{}]·[{},{}] into [{},{}]", a.size(0), a.size(1), b.size(0), b.size(1), c.size(0),
           c.size(1));
  if (!c.is_cpu()) return aten::gemm_into(c, a, b, mode);
  const bool low = a.scalar_type() == at::kBFloat16, mixed = low && c.scalar_type() == at::kFloat;
  if (low && (mixed || mode == Accumulate::Overwrite) && fills_tiles(c, a) && has_tiles())
    return tile_gemm(c, a, b, mode);
  if (mixed) return gemm_bf16_into_f32(c, a, b, mode);
  at::Tensor out = c;  // shares c's memory; the out= form wants a non-const handle
  if (mode == Accumulate::Add)
    at::addmm_out(out, c, a, b);
  else
    at::mm_out(out, a, b);
}

}  // namespace fullshard::model
