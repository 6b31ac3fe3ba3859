#include "model/aten/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>

#include <algorithm>

#include "fullshard/model/gemm.hpp"

namespace fullshard::model::aten {

namespace {

Tensor acc(const Tensor& t) {
  return t.to(acc_type(t.scalar_type()));
}

// [N, heads·dh] as [N, heads, dh], no copy.
Tensor by_heads(const Tensor& x_NC, int64_t head_dim) {
  return x_NC.unflatten(1, {x_NC.size(1) / head_dim, head_dim});
}

// Along the last dimension.
Tensor rstd_of(const Tensor& x_acc, double eps) {
  return x_acc.square().mean(-1).add_(eps).rsqrt_();
}

struct NormGradients {
  Tensor dx, dweight;
};

// All in acc; the norm is along the last dimension, rstd has the others.
NormGradients norm_gradients(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight) {
  const Tensor normed = x * rstd.unsqueeze(-1);
  Tensor dx = dy * weight;
  const Tensor mean_dot = (dx * normed).mean(-1, /*keepdim=*/true);
  Tensor dweight = (dy * normed).flatten(0, -2).sum(0);
  dx.sub_(normed.mul_(mean_dot)).mul_(rstd.unsqueeze(-1));
  return {std::move(dx), std::move(dweight)};
}

// Calls body(first, count) over parts of the rows: intermediate results in acc stay under 64 MiB each (fp32).
template <class Body>
void over_row_pieces(int64_t rows, int64_t row_elems, const Body& body) {
  const int64_t piece = std::max<int64_t>(1, (int64_t{1} << 24) / row_elems);
  for (int64_t first = 0; first < rows; first += piece) body(first, std::min(piece, rows - first));
}

}  // namespace

Tensor indices(std::span<const int32_t> numbers, const Tensor& like) {
  const Tensor host =
      at::from_blob(const_cast<int32_t*>(numbers.data()), {static_cast<int64_t>(numbers.size())}, at::kInt);
  return host.to(like.device()).to(at::kLong);
}

Normed rms_norm(const Tensor& x, const Tensor& weight, double eps, at::ScalarType compute) {
  Tensor rstd = rstd_of(x, eps);
  return {(x * rstd.unsqueeze(-1)).mul_(weight).to(compute), std::move(rstd)};
}

void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                       const Tensor& dx, Accumulate dx_mode, const Tensor& dweight) {
  const NormGradients g = norm_gradients(acc(dy), x, rstd, weight);
  dx_mode == Accumulate::Add ? dx.add_(g.dx) : dx.copy_(g.dx);
  dweight.add_(g.dweight);
}

Normed head_norm_in_place(const Tensor& x, const Tensor& weight, double eps) {
  const int64_t dh = weight.size(0);
  Tensor old = x.clone(at::MemoryFormat::Contiguous);
  const Tensor heads = acc(by_heads(old, dh)), rstd = rstd_of(heads, eps);
  by_heads(x, dh).copy_((heads * rstd.unsqueeze(-1)).mul_(weight));
  return {std::move(old), rstd.flatten()};
}

void head_norm_backward_in_place(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                                 const Tensor& dweight) {
  const int64_t dh = weight.size(0);
  const Tensor dy_heads = by_heads(dy, dh);
  const NormGradients g =
      norm_gradients(acc(dy_heads), acc(by_heads(x, dh)), rstd.view({x.size(0), x.size(1) / dh}), weight);
  dy_heads.copy_(g.dx);
  dweight.add_(g.dweight);
}

void rope_in_place(const Tensor& x, int64_t head_dim, const TokenRotation& rotation, Rotate direction) {
  const Tensor halves = x.unflatten(1, {x.size(1) / head_dim, 2, head_dim / 2});
  const auto of_tokens = [&](const Tensor& table) { return table.index({rotation.positions}).unsqueeze(1); };
  const Tensor cosine = of_tokens(rotation.rope.cosine), forward_sine = of_tokens(rotation.rope.sine);
  const Tensor sine = direction == Rotate::Forward ? forward_sine : forward_sine.neg();
  const Tensor first = halves.select(2, 0), second = halves.select(2, 1);
  // Both results before either is written: in fp32 and fp64 acc() is no copy.
  const Tensor a = acc(first), b = acc(second);
  const Tensor new_first = a * cosine - b * sine, new_second = b * cosine + a * sine;
  first.copy_(new_first);
  second.copy_(new_second);
}

Tensor silu_mul(const Tensor& gu) {
  const int64_t F = gu.size(1) / 2;
  Tensor a = gu.new_empty({gu.size(0), F});
  over_row_pieces(gu.size(0), F, [&](int64_t first, int64_t count) {
    const Tensor rows = gu.narrow(0, first, count);
    a.narrow(0, first, count).copy_(at::silu(acc(rows.narrow(1, 0, F))).mul_(rows.narrow(1, F, F)));
  });
  return a;
}

void silu_mul_backward(const Tensor& gu, const Tensor& da) {
  const int64_t F = da.size(1);
  over_row_pieces(gu.size(0), F, [&](int64_t first, int64_t count) {
    const Tensor rows = gu.narrow(0, first, count), a = da.narrow(0, first, count);
    const Tensor gate = rows.narrow(1, 0, F), up = rows.narrow(1, F, F);
    const Tensor g = acc(gate), u = acc(up), d = acc(a), sigmoid = at::sigmoid(g), silu = g * sigmoid;
    const Tensor dgate = (d * u).mul_(sigmoid + silu * (1 - sigmoid)), dup = d * silu, out = silu * u;
    gate.copy_(dgate);
    up.copy_(dup);
    a.copy_(out);
  });
}

Tensor embedding_rows(const Tensor& table, std::span<const int32_t> ids) {
  return table.index({indices(ids, table)});
}

// CUDA's index_put_ with accumulation sorts the indices and adds without atomics, unlike index_add_.
void embedding_rows_backward(const Tensor& dtable, const Tensor& dx, std::span<const int32_t> ids) {
  Tensor table = dtable;  // shares the memory; the call wants a non-const handle
  table.index_put_({indices(ids, dx)}, dx, /*accumulate=*/true);
}

void clear_rows(const Tensor& dx, std::span<const int32_t> ids, int64_t id) {
  dx.masked_fill_(indices(ids, dx).eq(id).unsqueeze(1), 0);
}

void matrix_vector(const Tensor& y, const Tensor& w, const Tensor& x) {
  gemm_into(y.unsqueeze(0), x, w.t(), Accumulate::Overwrite);
}

void bias_backward(const Tensor& db, const Tensor& dy) {
  db.add_(dy.sum(0, /*keepdim=*/false, db.scalar_type()));
}

}  // namespace fullshard::model::aten
