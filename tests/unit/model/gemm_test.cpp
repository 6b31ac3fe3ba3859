#include "fullshard/model/gemm.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::model {
namespace {

using at::Tensor;

struct Shape {
  int64_t rows, columns, depth;
};

// Whole blocks, less than a tile, odd, more than one panel in each direction.
constexpr Shape kShapes[] = {{128, 64, 512}, {1, 7, 5},       {33, 35, 37},    {32, 32, 32},
                             {160, 96, 544}, {129, 577, 513}, {300, 1040, 70}, {97, 33, 1100}};

// A matrix amid a larger one, in memory row by row or column by column.
Tensor matrix(int64_t rows, int64_t columns, bool transposed, at::ScalarType type) {
  const int64_t outer = transposed ? columns : rows, inner = transposed ? rows : columns;
  const Tensor t = (at::rand({outer + 2, inner + 3}) - 0.5).to(type).narrow(0, 1, outer).narrow(1, 2, inner);
  return transposed ? t.t() : t;
}

double roundoff(at::ScalarType t) {
  return t == at::kDouble ? 0x1p-53 : t == at::kFloat ? 0x1p-24 : 0x1p-8;
}

struct Case {
  at::ScalarType factors, result;
  Accumulate mode;
};

constexpr Case kCases[] = {
    {at::kFloat, at::kFloat, Accumulate::Overwrite},    {at::kFloat, at::kFloat, Accumulate::Add},
    {at::kDouble, at::kDouble, Accumulate::Add},        {at::kBFloat16, at::kBFloat16, Accumulate::Overwrite},
    {at::kBFloat16, at::kFloat, Accumulate::Overwrite}, {at::kBFloat16, at::kFloat, Accumulate::Add}};

// One product, all of c's surroundings untouched.
void expect_product(const Shape& s, const Case& k, bool a_transposed, bool b_transposed) {
  SCOPED_TRACE(testing::Message() << s.rows << " x " << s.columns << " x " << s.depth << ' ' << a_transposed
                                  << b_transposed << ' ' << c10::toString(k.factors) << ' '
                                  << c10::toString(k.result));
  const Tensor a = matrix(s.rows, s.depth, a_transposed, k.factors),
               b = matrix(s.depth, s.columns, b_transposed, k.factors);
  const Tensor memory = (at::rand({s.rows + 2, s.columns + 5}) - 0.5).to(k.result), before = memory.clone();
  const Tensor c = memory.narrow(0, 1, s.rows).narrow(1, 3, s.columns);
  Tensor expected = at::mm(a.to(at::kDouble), b.to(at::kDouble));
  // Sizes of what is added up bound the error: depth fp32 (fp64) additions and one rounding.
  Tensor size = at::mm(a.to(at::kDouble).abs(), b.to(at::kDouble).abs());
  if (k.mode == Accumulate::Add) expected += c.to(at::kDouble), size += c.to(at::kDouble).abs();
  const double sum_error = roundoff(k.result == at::kDouble ? at::kDouble : at::kFloat);

  gemm_into(c, a, b, k.mode);

  const Tensor bound =
      size * (static_cast<double>(s.depth + 1) * sum_error) + expected.abs() * roundoff(k.result);
  EXPECT_TRUE(((c.to(at::kDouble) - expected).abs() <= bound).all().item<bool>());
  const Tensor around = before.clone();
  around.narrow(0, 1, s.rows).narrow(1, 3, s.columns).copy_(c);
  EXPECT_TRUE(at::equal(memory, around));
}

TEST(Gemm, equals_the_product_in_fp64_for_every_shape_layout_and_dtype) {
  for (const Shape& s : kShapes)
    for (const Case& k : kCases)
      for (const bool a : {false, true})
        for (const bool b : {false, true}) expect_product(s, k, a, b);
}

TEST(Gemm, gives_the_same_bits_with_any_number_of_threads) {
  const int before = at::get_num_threads();
  for (const Shape& s : {Shape{300, 1040, 70}, Shape{1040, 300, 600}})
    for (const at::ScalarType result : {at::kFloat, at::kBFloat16}) {
      const Tensor a = matrix(s.rows, s.depth, true, at::kBFloat16),
                   b = matrix(s.depth, s.columns, false, at::kBFloat16);
      Tensor one = at::zeros({s.rows, s.columns}, result), three = at::zeros({s.rows, s.columns}, result);
      const Accumulate mode = result == at::kFloat ? Accumulate::Add : Accumulate::Overwrite;

      at::set_num_threads(1);
      gemm_into(one, a, b, mode);
      at::set_num_threads(3);
      gemm_into(three, a, b, mode);

      EXPECT_TRUE(at::equal(one, three)) << s.rows << ' ' << c10::toString(result);
    }
  at::set_num_threads(before);
}

TEST(Gemm, refuses_factors_that_do_not_fit) {
  EXPECT_THROW(gemm_into(at::zeros({2, 3}), at::zeros({2, 4}), at::zeros({5, 3}), Accumulate::Overwrite),
               InternalError);
}

}  // namespace
}  // namespace fullshard::model
