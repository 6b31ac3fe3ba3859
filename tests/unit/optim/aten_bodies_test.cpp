// The bodies of src/optim/aten against the host's kernels.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fullshard/kernels/kernel_table.hpp"
#include "optim/aten/adamw.hpp"
#include "optim/aten/grad_norm.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::optim {

namespace {

using at::Tensor;
using kernels::kBlock;

const AdamWConfig kConfig{.beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6};
constexpr double kDecay = 0.1;

aten::Extent random_extent(int64_t n, at::ScalarType acc, at::ScalarType working) {
  const auto random = [&](uint64_t seed) { return test::random_matrix(1, n, seed)[0].to(acc); };
  return {.gradient = random(1),
          .exp_avg = random(2),
          .exp_avg_sq = random(3).abs(),
          .master = random(4),
          .working = working == acc ? Tensor() : at::zeros({n}, working)};
}

aten::Extent copy_of(const aten::Extent& e) {
  return {e.gradient.clone(), e.exp_avg.clone(), e.exp_avg_sq.clone(), e.master.clone(),
          e.working.defined() ? e.working.clone() : Tensor()};
}

template <class T>
void update_on_host(const aten::Extent& e, const Update& u) {
  using A = kernels::Acc<T>;
  const auto t = static_cast<double>(u.number);
  const kernels::AdamW<T> p{
      .gradient = e.gradient.const_data_ptr<A>(),
      .exp_avg = e.exp_avg.mutable_data_ptr<A>(),
      .exp_avg_sq = e.exp_avg_sq.mutable_data_ptr<A>(),
      .master = e.master.mutable_data_ptr<A>(),
      .working = e.working.defined() ? static_cast<T*>(e.working.mutable_data_ptr()) : nullptr,
      .gradient_factor = u.gradient_factor,
      .learning_rate = u.learning_rate,
      .beta1 = kConfig.beta1,
      .beta2 = kConfig.beta2,
      .eps = kConfig.eps,
      .weight_decay = kDecay,
      .correction1 = 1 - std::pow(kConfig.beta1, t),
      .correction2 = 1 - std::pow(kConfig.beta2, t)};
  kernels::kernel_table().of<T>().adamw(p, {0, e.master.size(0)});
}

// Three updates of the same numbers by both; every state is compared, element by element relative to `scale`
// of it.
template <class T>
void expect_agreement(int64_t n, at::ScalarType acc, at::ScalarType working, double tolerance) {
  SCOPED_TRACE(testing::Message() << n << " elements, " << c10::toString(working));
  const aten::Extent ours = random_extent(n, acc, working), hosts = copy_of(ours);
  const Tensor gradient = ours.gradient.clone();

  for (const int64_t number : {1, 2, 3}) {
    const Update update{.number = number, .learning_rate = 1e-2, .gradient_factor = 0.25};
    aten::adamw_update(ours, kConfig, update, kDecay);
    update_on_host<T>(hosts, update);
  }

  const auto near = [&](const Tensor& a, const Tensor& b) {
    return ((a - b).abs() <= (b.abs() + 1) * tolerance).all().template item<bool>();
  };
  EXPECT_TRUE(near(ours.master, hosts.master));
  EXPECT_TRUE(near(ours.exp_avg, hosts.exp_avg));
  EXPECT_TRUE(near(ours.exp_avg_sq, hosts.exp_avg_sq));
  EXPECT_TRUE(ours.gradient.equal(gradient));
  EXPECT_TRUE(!ours.working.defined() || ours.working.equal(ours.master.to(working)));
}

std::vector<double> host_sums(const Tensor& x) {
  std::vector<double> sums(static_cast<size_t>(ceil_div(x.size(0), kBlock)));
  const auto n = static_cast<size_t>(x.size(0));
  x.scalar_type() == at::kDouble
      ? kernels::kernel_table().of<double>().sum_of_squares({x.const_data_ptr<double>(), n}, sums)
      : kernels::kernel_table().of<float>().sum_of_squares({x.const_data_ptr<float>(), n}, sums);
  return sums;
}

}  // namespace

// Some ten roundings an update, of numbers of order one, three updates.
TEST(AtenAdamW, equals_the_host_kernel_for_every_type_and_size) {
  for (const int64_t n : {1, 7, 2049}) {
    expect_agreement<double>(n, at::kDouble, at::kDouble, 30 * 0x1p-53);
    expect_agreement<float>(n, at::kFloat, at::kFloat, 30 * 0x1p-24);
    expect_agreement<BF16>(n, at::kFloat, at::kBFloat16, 30 * 0x1p-24);
  }
  expect_agreement<BF16>((1 << 22) + 3, at::kFloat, at::kBFloat16, 30 * 0x1p-24);  // more than one piece
}

// Sums of 2,048 positive numbers in two orders: each within 2,048 roundings of the exact one.
TEST(AtenSumsOfSquares, equal_those_of_the_host_kernel_block_by_block) {
  for (const at::ScalarType type : {at::kDouble, at::kFloat})
    for (const int64_t n : {int64_t{1}, kBlock - 1, kBlock, kBlock + 1, 512 * kBlock, 513 * kBlock + 5}) {
      const Tensor x = test::random_matrix(1, n, 5)[0].to(type), sums = aten::sums_of_squares(x);
      const std::vector<double> expected = host_sums(x);

      ASSERT_EQ(sums.sizes(), at::IntArrayRef{static_cast<int64_t>(expected.size())});
      for (size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(sums.data_ptr<double>()[i], expected[i], 2 * 2048 * 0x1p-53 * expected[i]) << i;
    }
}

// Numbers of many magnitudes: then the order of a sum shows in its bits.
TEST(AtenSumsOfSquares, of_a_block_are_the_same_bits_wherever_it_lies) {
  const Tensor x = (test::random_matrix(1, 1000 * kBlock, 6)[0] * 2).exp(), all = aten::sums_of_squares(x);

  for (const int64_t block : {0, 3, 511, 512, 999})
    EXPECT_TRUE(aten::sums_of_squares(x.narrow(0, block * kBlock, kBlock)).equal(all.narrow(0, block, 1)))
        << block;
}

TEST(AtenSumsOfSquares, show_what_is_not_finite) {
  const Tensor x = at::zeros({3 * kBlock}, at::kFloat);
  x[5] = INFINITY;
  x[2 * kBlock + 1] = NAN;

  const Tensor sums = aten::sums_of_squares(x);

  EXPECT_EQ(sums[0].item<double>(), INFINITY);
  EXPECT_EQ(sums[1].item<double>(), 0);
  EXPECT_TRUE(std::isnan(sums[2].item<double>()));
}

}  // namespace fullshard::optim
