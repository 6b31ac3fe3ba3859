#include "fullshard/generate/sampler.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "fullshard/core/error.hpp"

namespace fullshard::generate {
namespace {

constexpr int kDraws = 20000;
// Six standard deviations of a share among kDraws draws, at most sqrt(1/4 / 20000).
constexpr double kShareTolerance = 6 * 0.00354;

std::map<int32_t, double> shares(const std::vector<double>& logits, const SamplingOptions& options) {
  std::map<int32_t, double> share;
  for (uint64_t i = 0; i < kDraws; ++i) share[sample(logits, options, i)] += 1.0 / kDraws;
  return share;
}

// Logits of the probabilities 0.5, 0.1, 0.25, 0.15, up to a constant.
const std::vector<double> kFour = {std::log(0.5) + 3, std::log(0.1) + 3, std::log(0.25) + 3,
                                   std::log(0.15) + 3};

TEST(Sampler, greedy_takes_the_largest_logit_and_the_lowest_id_of_equal_ones) {
  EXPECT_EQ(sample(std::vector<double>{-3, 2, 7, 7, 1}, {}, 0), 2);
  EXPECT_EQ(sample(std::vector<double>{-2, -2}, {}, 9), 0);
}

TEST(Sampler, temperature_one_draws_by_the_models_probabilities) {
  const auto share = shares(kFour, {.temperature = 1});

  EXPECT_NEAR(share.at(0), 0.5, kShareTolerance);
  EXPECT_NEAR(share.at(1), 0.1, kShareTolerance);
  EXPECT_NEAR(share.at(2), 0.25, kShareTolerance);
  EXPECT_NEAR(share.at(3), 0.15, kShareTolerance);
}

TEST(Sampler, temperature_divides_the_logits) {
  const auto share =
      shares(kFour, {.temperature = 0.5});  // squares the probabilities: 25, 1, 6.25, 2.25 of 34.5

  EXPECT_NEAR(share.at(0), 25 / 34.5, kShareTolerance);
  EXPECT_NEAR(share.at(1), 1 / 34.5, kShareTolerance);
}

TEST(Sampler, top_p_keeps_the_fewest_tokens_that_reach_it) {
  const auto two = shares(kFour, {.temperature = 1, .top_p = 0.7});
  const auto just_two = shares(kFour, {.temperature = 1, .top_p = 0.51});
  const auto one = shares(kFour, {.temperature = 1, .top_p = 0.49});
  const auto at_least_one = shares(kFour, {.temperature = 1, .top_p = 1e-9});

  EXPECT_EQ(two.size(), 2u);
  EXPECT_NEAR(two.at(0), 0.5 / 0.75, kShareTolerance);
  EXPECT_NEAR(two.at(2), 0.25 / 0.75, kShareTolerance);
  EXPECT_EQ(just_two.size(), 2u);
  EXPECT_EQ(one.size(), 1u);
  EXPECT_EQ(one.begin()->first, 0);
  EXPECT_EQ(at_least_one.begin()->first, 0);
}

TEST(Sampler, the_seed_decides_the_draws) {
  const auto draws = [](uint64_t seed) {
    std::vector<int32_t> ids;
    for (uint64_t i = 0; i < 50; ++i) ids.push_back(sample(kFour, {.temperature = 1, .seed = seed}, i));
    return ids;
  };

  EXPECT_EQ(draws(1), draws(1));
  EXPECT_NE(draws(1), draws(2));
}

TEST(Sampler, a_forbidden_token_is_never_drawn) {
  const double never = -std::numeric_limits<double>::infinity();

  EXPECT_EQ(shares({never, 0, never, 0}, {.temperature = 5, .top_p = 0.99}).count(0), 0u);
}

TEST(Sampler, logits_that_are_not_finite_are_an_error) {
  const double infinity = std::numeric_limits<double>::infinity();

  EXPECT_THROW(sample(std::vector<double>{1, NAN}, {}, 0), NumbersError);
  EXPECT_THROW(sample(std::vector<double>{1, infinity}, {}, 0), NumbersError);
  EXPECT_THROW(sample(std::vector<double>{-infinity, -infinity}, {.temperature = 1}, 0), NumbersError);
}

TEST(Sampler, options_out_of_range_are_refused) {
  for (const SamplingOptions& bad : {SamplingOptions{.temperature = -1}, SamplingOptions{.temperature = NAN},
                                     SamplingOptions{.top_p = 0}, SamplingOptions{.top_p = 1.1}})
    EXPECT_THROW(validate(bad), ConfigError);
  EXPECT_NO_THROW(validate({.temperature = 0.7, .top_p = 1}));
}

}  // namespace
}  // namespace fullshard::generate
