#include "fullshard/kernels/kernel_table.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

/// The bits of everything that the kernels of one set make of the same inputs.
template <class T>
std::vector<std::byte> outputs(const KernelsOf<T>& k) {
  using A = Acc<T>;
  constexpr int64_t kRows = 21, n = 275;
  const RowLayout dense = RowLayout::dense(n);
  const auto x = randoms<T>(kRows * n, 1, 9.0), y = randoms<T>(kRows * n, 2), z = randoms<T>(kRows * n, 3);
  const auto w = randoms<A>(n, 4);
  const std::vector<int32_t> index{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
  std::vector<T> a(x.size()), b(x.size()), c = x;
  std::vector<A> rstd(kRows), dw(n), m(x.size()), v(x.size()), p(x.size()), g = randoms<A>(kRows * n, 5);
  std::vector<double> partials(3), log_prob(kRows);
  std::vector<std::byte> bits;
  const auto keep = [&](const auto& vector) {
    const auto bytes = std::as_bytes(std::span(vector));
    bits.insert(bits.end(), bytes.begin(), bytes.end());
  };

  const auto norm = [&](const auto forward, const auto backward, const auto& input, auto& dx) {
    forward({.n = n,
             .x = input.data(),
             .x_layout = dense,
             .weight = w.data(),
             .y = a.data(),
             .y_layout = dense,
             .rstd = rstd.data()},
            Range{0, kRows});
    keep(a), keep(rstd);
    backward({.n = n,
              .dy = y.data(),
              .dy_layout = dense,
              .x = input.data(),
              .x_layout = dense,
              .weight = w.data(),
              .rstd = rstd.data(),
              .dx = dx.data(),
              .dx_layout = dense,
              .dx_mode = Accumulate::Add,
              .dweight = dw.data()},
             Range{0, kRows});
    keep(dx), keep(dw);
  };
  norm(k.rms_norm_forward, k.rms_norm_backward, x, a);
  norm(k.rms_norm_forward_of_acc, k.rms_norm_backward_of_acc, g, p);
  k.rope({.x = a.data(),
          .heads = 1,
          .half = n / 2,
          .token_stride = n,
          .cosine = g.data(),
          .sine = g.data() + n,
          .position = index.data()},
         {0, 3});
  keep(a);
  k.silu_mul_forward(
      {.columns = n, .g = x.data(), .u = y.data(), .in_stride = n, .a = a.data(), .out_stride = n},
      {0, kRows});
  keep(a);
  k.silu_mul_backward({.columns = n,
                       .da = z.data(),
                       .g = x.data(),
                       .u = y.data(),
                       .in_stride = n,
                       .out_stride = n,
                       .dg = a.data(),
                       .du = b.data()},
                      {0, kRows});
  keep(a), keep(b);
  auto logits = x;
  k.cross_entropy({.vocabulary = n,
                   .stride = n,
                   .logits = logits.data(),
                   .gradient = a.data(),
                   .target = index.data(),
                   .log_prob = log_prob.data()},
                  {0, kRows});
  keep(a), keep(log_prob);
  k.softmax({.columns = n,
             .stride = n,
             .scores = x.data(),
             .p = a.data(),
             .high = index.data(),
             .scale = 0.3,
             .logsumexp = rstd.data()},
            {0, kRows});
  keep(a), keep(rstd);
  k.row_dot({.n = n, .a = x.data(), .a_layout = dense, .b = y.data(), .b_layout = dense, .dot = rstd.data()},
            {0, kRows});
  keep(rstd);
  k.softmax_backward({.columns = n,
                      .stride = n,
                      .p = a.data(),
                      .dp = y.data(),
                      .ds = b.data(),
                      .high = index.data(),
                      .scale = 0.3,
                      .delta = rstd.data()},
                     {0, kRows});
  keep(b);
  k.adamw({.gradient = g.data(),
           .exp_avg = m.data(),
           .exp_avg_sq = v.data(),
           .master = p.data(),
           .working = a.data(),
           .learning_rate = 0.1,
           .weight_decay = 0.1},
          {0, kRows * n});
  keep(a), keep(m), keep(v), keep(p);
  k.column_sum({.rows = kRows, .stride = n, .x = x.data(), .sum = dw.data()}, {0, n});
  keep(dw);
  k.add_sum_of_squares(x, g, partials);
  keep(g), keep(partials);
  return bits;
}

}  // namespace

TEST(KernelTable, every_instruction_set_gives_the_same_bits) {
  const KernelTable& plain = kernel_table(InstructionSet::V2);
  for (const InstructionSet set : available_instruction_sets()) {
    SCOPED_TRACE(name_of(set));
    EXPECT_EQ(outputs(kernel_table(set).f32), outputs(plain.f32));
    EXPECT_EQ(outputs(kernel_table(set).f64), outputs(plain.f64));
    EXPECT_EQ(outputs(kernel_table(set).bf16), outputs(plain.bf16));
  }
}

TEST(KernelTable, an_element_has_the_same_bits_in_a_vector_and_in_a_tail) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t n = 75;
    const auto g = randoms<T>(n, 1, 30.0), u = randoms<T>(n, 2);
    std::vector<T> whole(n), single(n);

    k.silu_mul_forward({.columns = n, .g = g.data(), .u = u.data(), .a = whole.data()}, {0, 1});
    for (int64_t i = 0; i < n; ++i)
      k.silu_mul_forward({.columns = 1, .g = &g[at(i)], .u = &u[at(i)], .a = &single[at(i)]}, {0, 1});

    EXPECT_EQ(whole, single);
  });
}

TEST(KernelTable, the_default_is_the_fastest_set_of_this_machine) {
  EXPECT_EQ(kernel_table().instruction_set, available_instruction_sets().back());
  EXPECT_EQ(available_instruction_sets().front(), InstructionSet::V2);
}

TEST(Convert, rounds_to_nearest_even_from_and_to_every_type) {
  for (const InstructionSet set : available_instruction_sets()) {
    const KernelTable& table = kernel_table(set);
    for (const int64_t n : kSizes) {
      auto wide = randoms<double>(n, 1, 1e3);
      wide[0] = std::numeric_limits<double>::quiet_NaN();
      std::vector<float> single(at(n)), back(at(n));
      std::vector<BF16> half(at(n));
      std::vector<double> wide_again(at(n));

      convert(table, device_span(std::span<const double>(wide)), device_span(std::span(single)));
      convert(table, device_span(std::span<const float>(single)), device_span(std::span(half)));
      convert(table, device_span(std::span<const BF16>(half)), device_span(std::span(back)));
      convert(table, device_span(std::span<const BF16>(half)), device_span(std::span(wide_again)));

      EXPECT_TRUE(std::isnan(back[0]) && std::isnan(wide_again[0]));
      for (size_t i = 1; i < at(n); ++i) {
        ASSERT_EQ(single[i], static_cast<float>(wide[i]));
        ASSERT_EQ(half[i], to_bf16(single[i]));
        ASSERT_EQ(back[i], to_float(half[i]));
        ASSERT_EQ(wide_again[i], static_cast<double>(back[i]));
      }
    }
  }
}

TEST(Convert, agrees_with_the_scalar_rounding_for_every_upper_half_and_the_cases_beside_a_tie) {
  std::vector<float> x;
  for (uint32_t upper = 0; upper < 0x10000; ++upper)
    for (const uint32_t lower : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu})
      x.push_back(std::bit_cast<float>(upper << 16 | lower));
  for (const InstructionSet set : available_instruction_sets()) {
    std::vector<BF16> got(x.size());

    kernel_table(set).f32.to_bf16(x, got);

    for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(got[i], to_bf16(x[i])) << std::bit_cast<uint32_t>(x[i]);
  }
}

TEST(Convert, unequal_counts_and_other_types_are_bugs) {
  std::vector<float> a(3), b(4);
  std::vector<int32_t> c(3);
  const std::span<const float> source(a);

  EXPECT_THROW(convert(kernel_table(), device_span(source), device_span(std::span(b))), InternalError);
  EXPECT_THROW(convert(kernel_table(), device_span(source), device_span(std::span(c))), InternalError);
}

TEST(Fill, sets_every_element) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    std::vector<T> x(2049);

    k.fill(x, rounded<T>(1.5));

    for (const T v : x) ASSERT_EQ(value(v), 1.5);
  });
}

}  // namespace fullshard::kernels
