#pragma once
// The kernels (fullshard/kernels) on tensors: dtype chosen from the tensor, rows spread over ATen's threads.
// Where they do not reach (tensor/host_kernels.hpp), the same in ATen operations (src/model/aten/).
//
// Shapes: N tokens, D model width, H heads of width dh, F ffn width, V vocabulary. "acc" is fp32, or fp64 for
// fp64.

#include <ATen/core/Tensor.h>

#include <span>

#include "fullshard/core/accumulate.hpp"
#include "fullshard/model/sequences.hpp"

namespace fullshard::model {

using at::Tensor;

/// fp64 for fp64, else fp32.
at::ScalarType acc_type(at::ScalarType compute);

struct Normed {
  Tensor y_ND;
  Tensor rstd_N;  ///< acc
};
/// Normalises the residual stream x (acc) into y of type `compute`, as a GEMM reads it. Weights of norms are
/// acc.
Normed rms_norm(const Tensor& x_ND, const Tensor& weight_D, double eps, at::ScalarType compute);
/// dx (acc) = gradient of x (+ what dx holds already); dweight += gradient of the weight.
void rms_norm_backward(const Tensor& dy_ND, const Tensor& x_ND, const Tensor& rstd_N, const Tensor& weight_D,
                       const Tensor& dx_ND, Accumulate dx_mode, const Tensor& dweight_D);

/// The same over each head: x [N, heads·dh], columns may be part of wider rows; normalised in place, the old
/// x is returned.
Normed head_norm_in_place(const Tensor& x_NC, const Tensor& weight_dh, double eps);
void head_norm_backward_in_place(const Tensor& dy_NC, const Tensor& x_NC, const Tensor& rstd,
                                 const Tensor& weight_dh, const Tensor& dweight_dh);

enum class Rotate { Forward, Backward };
/// Rotates the heads in x [N, heads·dh] in place; columns may be part of wider rows.
void rope_in_place(const Tensor& x_NC, int64_t head_dim, const TokenRotation& rotation, Rotate direction);

/// a [N,F] = silu(g) · u from gu [N, 2F] = g beside u.
Tensor silu_mul(const Tensor& gu_N2F);
/// Overwrites gu with (dg beside du) and da with a, which the gradient of the down projection needs.
void silu_mul_backward(const Tensor& gu_N2F, const Tensor& da_NF);

Tensor embedding_rows(const Tensor& table_VD, std::span<const int32_t> ids);
/// dtable[id] += rows of dx, in the order of ids.
void embedding_rows_backward(const Tensor& dtable_VD, const Tensor& dx_ND, std::span<const int32_t> ids);

/// Sets the rows of dx to zero where ids has `id`.
void clear_rows(const Tensor& dx_ND, std::span<const int32_t> ids, int64_t id);

/// y [C] = W x for one token: y in acc, W [C,D], x [1,D]. Reading W is all the work, at which a GEMM of one
/// row is slower, in bf16 by far.
void matrix_vector(const Tensor& y_C, const Tensor& w_CD, const Tensor& x_1D);

/// db [C] += column sums of dy [N,C].
void bias_backward(const Tensor& db_C, const Tensor& dy_NC);

}  // namespace fullshard::model
