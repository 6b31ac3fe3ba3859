// Compiled once per instruction set, with FULLSHARD_KERNEL_SET one of V2, V3, V4 and the flags that belong to
// it.

#include "fullshard/kernels/kernel_table.hpp"
#include "kernels/isa/elementwise.hpp"
#include "kernels/isa/matrix.hpp"
#include "kernels/isa/pack.hpp"
#include "kernels/isa/rms_norm.hpp"
#include "kernels/isa/softmax.hpp"
#include "kernels/isa_tables.hpp"

namespace fullshard::kernels {
namespace {

template <class T>
constexpr KernelsOf<T> kernels_of() {
  using A = Acc<T>;
  return {.rms_norm_forward = rms_norm_forward<T, T>,
          .rms_norm_backward = rms_norm_backward<T, T>,
          .rope = rope<T>,
          .silu_mul_forward = silu_mul_forward<T>,
          .silu_mul_backward = silu_mul_backward<T>,
          .cross_entropy = cross_entropy<T, T>,
          .softmax = softmax<T, T>,
          .softmax_backward = softmax_backward<T, T>,
          .rms_norm_forward_of_acc = rms_norm_forward<A, T>,
          .rms_norm_backward_of_acc = rms_norm_backward<A, T>,
          .cross_entropy_of_acc = cross_entropy<A, T>,
          .softmax_of_acc = softmax<A, T>,
          .softmax_backward_of_acc = softmax_backward<A, T>,
          .row_dot = row_dot<T>,
          .adamw = adamw<T>,
          .column_sum = column_sum<T>,
          .embedding_gather = embedding_gather<T>,
          .embedding_scatter_add = embedding_scatter_add<T>,
          .sum_of_squares = sum_of_squares<T>,
          .add_sum_of_squares = add_sum_of_squares<T>,
          .scaled_add = scaled_add<T>,
          .fill = fill<T>,
          .to_float = cast<T, float>,
          .to_double = cast<T, double>,
          .to_bf16 = cast<T, BF16>};
}

}  // namespace

template <>
const KernelTable& isa_table<InstructionSet::FULLSHARD_KERNEL_SET>() {
  static constexpr KernelTable kTable{InstructionSet::FULLSHARD_KERNEL_SET,
                                      kernels_of<float>(),
                                      kernels_of<double>(),
                                      kernels_of<BF16>(),
                                      pack_transposed,
                                      pack_row_pairs,
                                      pack_column_pairs};
  return kTable;
}

}  // namespace fullshard::kernels
