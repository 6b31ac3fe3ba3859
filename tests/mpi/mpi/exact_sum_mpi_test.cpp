#include "fullshard/mpi/exact_sum.hpp"

#include <cmath>
#include <vector>

#include "fullshard/core/rng.hpp"
#include "support/judge.hpp"

namespace fullshard::mpi {

using test::judge_all_ranks;
using test::world;

namespace {

std::vector<double> terms() {
  std::vector<double> all;
  const CounterRng rng(4, 0);
  for (uint64_t i = 0; i < 500; ++i) all.push_back(rng.normal(i) * std::pow(10.0, rng.normal(1000 + i)));
  return all;
}

}  // namespace

TEST(ExactSum, is_the_same_bits_whoever_has_the_terms) {
  const std::vector<double> all = terms();
  std::vector<double> mine;
  for (size_t i = 0; i < all.size(); ++i)
    if (static_cast<int>(i * i % 7) % world().size() == world().rank()) mine.push_back(all[i]);

  const double sum = exact_sum(world(), mine);

  const Communicator alone = world().split(world().rank(), 0);
  judge_all_ranks([&] { return sum == exact_sum(alone, all) && sum != 0; });
}

TEST(ExactSum, of_one_rank_that_is_not_finite_is_infinite_on_all) {
  const std::vector<double> mine{world().rank() + 1 == world().size() ? std::nan("") : 1.0};

  const double sum = exact_sum(world(), mine);

  judge_all_ranks([&] { return std::isinf(sum); });
}

}  // namespace fullshard::mpi
