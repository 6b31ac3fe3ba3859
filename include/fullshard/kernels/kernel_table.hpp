#pragma once
// The kernels, compiled once per instruction set and chosen at run time: the program itself is x86-64-v2.

#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fullshard/kernels/adamw.hpp"
#include "fullshard/kernels/cross_entropy.hpp"
#include "fullshard/kernels/matrix.hpp"
#include "fullshard/kernels/pack.hpp"
#include "fullshard/kernels/rms_norm.hpp"
#include "fullshard/kernels/rope.hpp"
#include "fullshard/kernels/silu_mul.hpp"
#include "fullshard/kernels/softmax.hpp"
#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

enum class InstructionSet { V2, V3, V4 };

/// "x86-64-v2", …
std::string_view name_of(InstructionSet set);

/// The kernels over one element type. Parameters are described in the header of each parameter struct.
template <class T>
struct KernelsOf {
  void (*rms_norm_forward)(const RmsNormForward<T, T>&, Range rows);
  void (*rms_norm_backward)(const RmsNormBackward<T, T>&, Range rows);
  void (*rope)(const Rope<T>&, Range tokens);
  void (*silu_mul_forward)(const SiluMulForward<T>&, Range rows);
  void (*silu_mul_backward)(const SiluMulBackward<T>&, Range rows);
  double (*cross_entropy)(const CrossEntropy<T, T>&, Range rows);
  void (*softmax)(const Softmax<T, T>&, Range rows);
  void (*softmax_backward)(const SoftmaxBackward<T, T>&, Range rows);
  /// The same from inputs in Acc<T>: the residual stream, and what a GEMM with fp32 output leaves.
  void (*rms_norm_forward_of_acc)(const RmsNormForward<Acc<T>, T>&, Range rows);
  void (*rms_norm_backward_of_acc)(const RmsNormBackward<Acc<T>, T>&, Range rows);
  double (*cross_entropy_of_acc)(const CrossEntropy<Acc<T>, T>&, Range rows);
  void (*softmax_of_acc)(const Softmax<Acc<T>, T>&, Range rows);
  void (*softmax_backward_of_acc)(const SoftmaxBackward<Acc<T>, T>&, Range rows);
  void (*row_dot)(const RowDot<T>&, Range rows);
  void (*adamw)(const AdamW<T>&, Range elements);
  void (*column_sum)(const ColumnSum<T>&, Range columns);
  void (*embedding_gather)(const EmbeddingGather<T>&, Range rows);
  void (*embedding_scatter_add)(const EmbeddingScatterAdd<T>&, Range columns);
  /// partials[b] = Σ x² over block b of kBlock elements, in fp64; the caller adds the partials in order.
  void (*sum_of_squares)(std::span<const T> x, std::span<double> partials);
  /// dst += src, then as above over dst.
  void (*add_sum_of_squares)(std::span<const T> src, std::span<Acc<T>> dst, std::span<double> partials);
  /// dst += factor · src
  void (*scaled_add)(std::span<const T> src, std::span<Acc<T>> dst, Acc<T> factor);
  void (*fill)(std::span<T> dst, T value);
  /// Round to nearest even; double to BF16 goes through float, as torch does.
  void (*to_float)(std::span<const T> src, std::span<float> dst);
  void (*to_double)(std::span<const T> src, std::span<double> dst);
  void (*to_bf16)(std::span<const T> src, std::span<BF16> dst);
};

struct KernelTable {
  InstructionSet instruction_set;
  KernelsOf<float> f32;
  KernelsOf<double> f64;
  KernelsOf<BF16> bf16;
  void (*pack_transposed)(const Pack&);
  void (*pack_row_pairs)(const Pack&);
  void (*pack_column_pairs)(const Pack&);

  template <class T>
  const KernelsOf<T>& of() const {
    if constexpr (std::is_same_v<T, float>) {
      return f32;
    } else if constexpr (std::is_same_v<T, double>) {
      return f64;
    } else {
      static_assert(std::is_same_v<T, BF16>, "kernels exist for float, double and BF16");
      return bf16;
    }
  }
};

/// What this machine can run, slowest first; V2 is always there.
std::vector<InstructionSet> available_instruction_sets();

/// Throws InternalError if this machine lacks the set.
const KernelTable& kernel_table(InstructionSet set);

/// The fastest this machine can run; chosen at the first call.
const KernelTable& kernel_table();

/// dst = src, converted; throws InternalError unless both have the same count and a dtype among F32, F64,
/// BF16. Aliasing  none, unless the dtypes are equal and src is dst
void convert(const KernelTable& table, ConstDeviceSpan src, DeviceSpan dst);

/// Calls f with a value of the element type that `dtype` names; throws InternalError for any other dtype.
template <class F>
decltype(auto) with_element_type(DType dtype, F&& f) {
  FS_CHECK(dtype == DType::F32 || dtype == DType::F64 || dtype == DType::BF16, "kernels for {} are not there",
           fullshard::name_of(dtype));
  if (dtype == DType::F64) return f(double{});
  if (dtype == DType::BF16) return f(BF16{});
  return f(float{});
}

}  // namespace fullshard::kernels
