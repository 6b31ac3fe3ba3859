#pragma once
// The functions of fullshard/model/ops.hpp, with their contracts, in ATen operations alone: on any device.
// Arithmetic is in acc and rounded once, as in the host's kernels.

#include "fullshard/model/ops.hpp"

namespace fullshard::model::aten {

Normed rms_norm(const Tensor& x_ND, const Tensor& weight_D, double eps, at::ScalarType compute);
void rms_norm_backward(const Tensor& dy_ND, const Tensor& x_ND, const Tensor& rstd_N, const Tensor& weight_D,
                       const Tensor& dx_ND, Accumulate dx_mode, const Tensor& dweight_D);

Normed head_norm_in_place(const Tensor& x_NC, const Tensor& weight_dh, double eps);
void head_norm_backward_in_place(const Tensor& dy_NC, const Tensor& x_NC, const Tensor& rstd,
                                 const Tensor& weight_dh, const Tensor& dweight_dh);

void rope_in_place(const Tensor& x_NC, int64_t head_dim, const TokenRotation& rotation, Rotate direction);

Tensor silu_mul(const Tensor& gu_N2F);
void silu_mul_backward(const Tensor& gu_N2F, const Tensor& da_NF);

Tensor embedding_rows(const Tensor& table_VD, std::span<const int32_t> ids);
/// The order of sums is fixed, but not that of ids.
void embedding_rows_backward(const Tensor& dtable_VD, const Tensor& dx_ND, std::span<const int32_t> ids);
/// Sets the rows of dx to zero where ids has `id`.
void clear_rows(const Tensor& dx_ND, std::span<const int32_t> ids, int64_t id);

void matrix_vector(const Tensor& y_C, const Tensor& w_CD, const Tensor& x_1D);
void bias_backward(const Tensor& db_C, const Tensor& dy_NC);

/// `numbers` as int64 where `like` is: the type that every index operation takes.
Tensor indices(std::span<const int32_t> numbers, const Tensor& like);

}  // namespace fullshard::model::aten
