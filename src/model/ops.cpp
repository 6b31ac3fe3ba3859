#include "fullshard/model/ops.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "fullshard/core/check.hpp"
#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/tensor/host_kernels.hpp"
#include "fullshard/tensor/parallel.hpp"
#include "fullshard/tensor/torch_bridge.hpp"
#include "model/aten/ops.hpp"
#include "model/typed.hpp"

namespace fullshard::model {

using kernels::Acc;
using kernels::Range;
using kernels::RowLayout;
using tensor::has_host_kernels;
using tensor::parallel_for;

namespace {

constexpr int64_t kGrainElems = 16384;  // below this a thread costs more than it brings

// Runs kernel(parameters, rows) on all threads; `row_elems` is the work of one row.
template <class Kernel, class Parameters>
void over_rows(Kernel kernel, const Parameters& parameters, int64_t rows, int64_t row_elems) {
  parallel_for(rows, ceil_div(kGrainElems, row_elems), [&](int64_t begin, int64_t end) {
    kernel(parameters, Range{begin, end});
  });
}

RowLayout heads_of(const Tensor& x_NC, int64_t head_dim) {
  return {x_NC.size(1) / head_dim, x_NC.stride(0), head_dim};
}

}  // namespace

at::ScalarType acc_type(at::ScalarType compute) {
  return compute == at::kDouble ? at::kDouble : at::kFloat;
}

Normed rms_norm(const Tensor& x, const Tensor& weight, double eps, at::ScalarType compute) {
  if (!has_host_kernels(x)) return aten::rms_norm(x, weight, eps, compute);
  Normed out{at::empty(x.sizes(), x.options().dtype(compute)), at::empty({x.size(0)}, x.options())};
  with_type(out.y_ND, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const auto rows = RowLayout::dense(x.size(1));
    const kernels::RmsNormForward<Acc<T>, T> p{.n = x.size(1),
                                               .x = data<Acc<T>>(x),
                                               .x_layout = rows,
                                               .weight = data<Acc<T>>(weight),
                                               .y = data<T>(out.y_ND),
                                               .y_layout = rows,
                                               .rstd = data<Acc<T>>(out.rstd_N),
                                               .eps = eps};
    over_rows(k.rms_norm_forward_of_acc, p, x.size(0), x.size(1));
  });
  return out;
}

void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                       const Tensor& dx, Accumulate dx_mode, const Tensor& dweight) {
  if (!has_host_kernels(x)) return aten::rms_norm_backward(dy, x, rstd, weight, dx, dx_mode, dweight);
  with_type(dy, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const auto rows = RowLayout::dense(x.size(1));
    // One range: the weight's gradient is summed over rows in one fixed order.
    k.rms_norm_backward_of_acc({.n = x.size(1),
                                .dy = data<T>(dy),
                                .dy_layout = rows,
                                .x = data<Acc<T>>(x),
                                .x_layout = rows,
                                .weight = data<Acc<T>>(weight),
                                .rstd = data<Acc<T>>(rstd),
                                .dx = data<Acc<T>>(dx),
                                .dx_layout = rows,
                                .dx_mode = dx_mode,
                                .dweight = data<Acc<T>>(dweight)},
                               Range{0, x.size(0)});
  });
}

Normed head_norm_in_place(const Tensor& x, const Tensor& weight, double eps) {
  if (!has_host_kernels(x)) return aten::head_norm_in_place(x, weight, eps);
  const int64_t dh = weight.size(0), heads = x.size(1) / dh, rows = x.size(0) * heads;
  Normed out{x.clone(at::MemoryFormat::Contiguous),
             at::empty({rows}, x.options().dtype(acc_type(x.scalar_type())))};
  with_type(x, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const kernels::RmsNormForward<T, T> p{.n = dh,
                                          .x = data<T>(out.y_ND),
                                          .x_layout = heads_of(out.y_ND, dh),
                                          .weight = data<Acc<T>>(weight),
                                          .y = data<T>(x),
                                          .y_layout = heads_of(x, dh),
                                          .rstd = data<Acc<T>>(out.rstd_N),
                                          .eps = eps};
    over_rows(k.rms_norm_forward, p, rows, dh);
  });
  return out;
}

void head_norm_backward_in_place(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                                 const Tensor& dweight) {
  if (!has_host_kernels(x)) return aten::head_norm_backward_in_place(dy, x, rstd, weight, dweight);
  const int64_t dh = weight.size(0), rows = x.size(0) * (x.size(1) / dh);
  with_type(x, [&]<class T>(const kernels::KernelsOf<T>& k) {
    k.rms_norm_backward({.n = dh,
                         .dy = data<T>(dy),
                         .dy_layout = heads_of(dy, dh),
                         .x = data<T>(x),
                         .x_layout = heads_of(x, dh),
                         .weight = data<Acc<T>>(weight),
                         .rstd = data<Acc<T>>(rstd),
                         .dx = data<T>(dy),
                         .dx_layout = heads_of(dy, dh),
                         .dx_mode = Accumulate::Overwrite,
                         .dweight = data<Acc<T>>(dweight)},
                        Range{0, rows});
  });
}

void rope_in_place(const Tensor& x, int64_t head_dim, const TokenRotation& rotation, Rotate direction) {
  if (!has_host_kernels(x)) return aten::rope_in_place(x, head_dim, rotation, direction);
  with_type(x, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const kernels::Rope<T> p{
        .x = data<T>(x),
        .heads = x.size(1) / head_dim,
        .half = head_dim / 2,
        .token_stride = x.stride(0),
        .head_stride = head_dim,
        .cosine = data<Acc<T>>(rotation.rope.cosine),
        .sine = data<Acc<T>>(rotation.rope.sine),
        .position = data<int32_t>(rotation.positions),
        .rotation = direction == Rotate::Forward ? kernels::Rotation::Forward : kernels::Rotation::Backward};
    over_rows(k.rope, p, x.size(0), x.size(1));
  });
}

Tensor silu_mul(const Tensor& gu) {
  if (!has_host_kernels(gu)) return aten::silu_mul(gu);
  const int64_t F = gu.size(1) / 2;
  Tensor a = at::empty({gu.size(0), F}, gu.options());
  with_type(gu, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const kernels::SiluMulForward<T> p{.columns = F,
                                       .g = data<T>(gu),
                                       .u = data<T>(gu) + F,
                                       .in_stride = 2 * F,
                                       .a = data<T>(a),
                                       .out_stride = F};
    over_rows(k.silu_mul_forward, p, gu.size(0), F);
  });
  return a;
}

void silu_mul_backward(const Tensor& gu, const Tensor& da) {
  if (!has_host_kernels(gu)) return aten::silu_mul_backward(gu, da);
  const int64_t F = da.size(1);
  with_type(gu, [&]<class T>(const kernels::KernelsOf<T>& k) {
    T *g = data<T>(gu), *u = g + F, *a = data<T>(da);
    const kernels::SiluMulBackward<T> p{
        .columns = F, .da = a, .g = g, .u = u, .in_stride = 2 * F, .out_stride = F, .dg = g, .du = u, .a = a};
    over_rows(k.silu_mul_backward, p, gu.size(0), F);
  });
}

Tensor embedding_rows(const Tensor& table, std::span<const int32_t> ids) {
  if (!has_host_kernels(table)) return aten::embedding_rows(table, ids);
  Tensor out = at::empty({static_cast<int64_t>(ids.size()), table.size(1)}, table.options());
  with_type(table, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const kernels::EmbeddingGather<T> p{
        .columns = table.size(1), .table = data<T>(table), .id = ids.data(), .out = data<T>(out)};
    over_rows(k.embedding_gather, p, out.size(0), table.size(1));
  });
  return out;
}

void embedding_rows_backward(const Tensor& dtable, const Tensor& dx, std::span<const int32_t> ids) {
  if (!has_host_kernels(dx)) return aten::embedding_rows_backward(dtable, dx, ids);
  with_type(dx, [&]<class T>(const kernels::KernelsOf<T>& k) {
    k.embedding_scatter_add({.rows = dx.size(0),
                             .columns = dx.size(1),
                             .gradient = data<T>(dx),
                             .id = ids.data(),
                             .table_gradient = data<Acc<T>>(dtable)},
                            Range{0, dx.size(1)});
  });
}

void clear_rows(const Tensor& dx, std::span<const int32_t> ids, int64_t id) {
  if (!has_host_kernels(dx)) return aten::clear_rows(dx, ids, id);
  for (size_t i = 0; i < ids.size(); ++i)
    if (ids[i] == id) dx.select(0, static_cast<int64_t>(i)).zero_();
}

void matrix_vector(const Tensor& y, const Tensor& w, const Tensor& x) {
  if (!has_host_kernels(w)) return aten::matrix_vector(y, w, x);
  with_type(x, [&]<class T>(const kernels::KernelsOf<T>& k) {
    const kernels::RowDot<T> p{.n = w.size(1),
                               .a = data<T>(w),
                               .a_layout = RowLayout::dense(w.size(1)),
                               .b = data<T>(x),
                               .b_layout = {1, 0, 0},  // the same for every row
                               .dot = data<Acc<T>>(y)};
    over_rows(k.row_dot, p, w.size(0), w.size(1));
  });
}

void bias_backward(const Tensor& db, const Tensor& dy) {
  if (!has_host_kernels(dy)) return aten::bias_backward(db, dy);
  with_type(dy, [&]<class T>(const kernels::KernelsOf<T>& k) {
    k.column_sum({.rows = dy.size(0), .stride = dy.stride(0), .x = data<T>(dy), .sum = data<Acc<T>>(db)},
                 Range{0, dy.size(1)});
  });
}

}  // namespace fullshard::model
