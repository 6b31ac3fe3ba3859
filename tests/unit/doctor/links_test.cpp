#include "doctor/links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace fullshard::doctor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> hosts(int n) {
  std::vector<std::string> names;
  for (int i = 0; i < n; ++i) names.push_back("n" + std::to_string(i));
  return names;
}

using Speed = std::function<double(int, int)>;
std::vector<Link> links(int n, const Speed& speed) {
  std::vector<Link> all;
  for (int a = 0; a < n; ++a)
    for (int b = 0; b < n; ++b)
      if (a != b) all.push_back({a, b, speed(a, b), 20e-6});
  return all;
}
bool either(int a, int b, int node) {
  return a == node || b == node;
}

TEST(Tournament, everybody_meets_everybody_once_and_nobody_plays_twice_in_a_round) {
  for (int n = 1; n <= 17; ++n) {
    std::set<std::pair<int, int>> met;
    const auto rounds = tournament(n, 1000);
    for (const auto& round : rounds) {
      std::set<int> busy;
      for (const auto& [a, b] : round) {
        EXPECT_LT(a, b);
        EXPECT_TRUE(busy.insert(a).second && busy.insert(b).second) << n << " nodes";
        EXPECT_TRUE(met.insert({a, b}).second) << n << " nodes";
      }
    }
    EXPECT_EQ(met.size(), static_cast<size_t>(n * (n - 1) / 2)) << n << " nodes";
    EXPECT_LE(rounds.size(), static_cast<size_t>(n)) << n << " nodes";
  }
}

TEST(Tournament, of_many_nodes_each_meets_as_many_others_as_there_are_rounds) {
  const auto rounds = tournament(500, 15);

  std::vector<int> meetings(500);
  std::set<std::pair<int, int>> met;
  for (const auto& round : rounds)
    for (const auto& [a, b] : round) {
      ++meetings[static_cast<size_t>(a)], ++meetings[static_cast<size_t>(b)];
      EXPECT_TRUE(met.insert({a, b}).second);
    }
  EXPECT_THAT(meetings, testing::Each(15));
}

TEST(JudgeLinks, speeds_within_a_factor_of_two_are_well) {
  const auto uneven = links(4, [](int a, int b) { return 1e9 + 2e8 * (a + b); });

  const Finding f = judge_links(hosts(4), uneven);

  EXPECT_EQ(f.verdict, Verdict::Ok);
  EXPECT_THAT(f.text, HasSubstr("12 directions between 4 nodes"));
}

TEST(JudgeLinks, a_node_that_is_slow_with_everybody_is_named_alone) {
  for (const int n : {3, 4, 16}) {
    const Finding f =
        judge_links(hosts(n), links(n, [](int a, int b) { return either(a, b, 1) ? 1.2e7 : 1e9; }));

    EXPECT_EQ(f.verdict, Verdict::Fail) << n;
    EXPECT_THAT(f.text, AllOf(HasSubstr("found n1 sends and receives at 11.44 MiB/s"), Not(HasSubstr("n0"))))
        << n;
  }
}

TEST(JudgeLinks, a_node_that_only_sends_slowly_is_named_for_that) {
  const Finding f = judge_links(hosts(3), links(3, [](int a, int) { return a == 2 ? 1.2e7 : 1e9; }));

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_THAT(f.text, AllOf(HasSubstr("n2 sends at"), Not(HasSubstr("n1")), Not(HasSubstr("receives"))));
}

TEST(JudgeLinks, a_slow_pair_of_healthy_nodes_is_named) {
  const Finding f = judge_links(
      hosts(4), links(4, [](int a, int b) { return either(a, b, 0) && either(a, b, 3) ? 3e8 : 1e9; }));

  EXPECT_EQ(f.verdict, Verdict::Warn);  // three times slower
  EXPECT_THAT(f.text,
              AllOf(HasSubstr("n0 to n3 at 286.10 MiB/s"), HasSubstr("n3 to n0"), Not(HasSubstr("n1"))));
}

TEST(JudgeLinks, slow_links_between_two_halves_are_named_though_they_are_the_most) {
  const Finding f = judge_links(hosts(4), links(4, [](int a, int b) { return a / 2 != b / 2 ? 1e8 : 1e9; }));

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_THAT(f.text, AllOf(HasSubstr("n0 to n2"), HasSubstr("and 4 more")));
}

TEST(JudgeLinks, of_two_nodes_a_slow_direction_is_named) {
  EXPECT_THAT(judge_links(hosts(2), links(2, [](int a, int) { return a == 1 ? 1.2e7 : 1e9; })).text,
              HasSubstr("n1 sends"));
  EXPECT_EQ(judge_links(hosts(2), links(2, [](int, int) { return 1.2e7; })).verdict, Verdict::Ok);
}

TEST(JudgeLinks, a_node_that_answers_late_is_a_warning) {
  auto all = links(4, [](int, int) { return 1e9; });
  for (Link& l : all)
    if (either(l.from, l.to, 2)) l.latency_seconds = 5e-3;

  const Finding f = judge_links(hosts(4), all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("n2 answers after 5.0 ms"));
}

TEST(JudgeLinks, one_node_has_none) {
  EXPECT_EQ(judge_links(hosts(1), {}).verdict, Verdict::Ok);
}

TEST(BestOf, keeps_the_better_measurement_of_each_direction) {
  const std::vector<Link> a = {{0, 1, 5e8, 1e-5}, {1, 0, 1e9, 9e-5}},
                          b = {{0, 1, 1e9, 2e-5}, {1, 0, 8e8, 3e-5}};

  const auto best = best_of(a, b);

  ASSERT_EQ(best.size(), 2u);
  EXPECT_EQ(best[0].bytes_per_second, 1e9);
  EXPECT_EQ(best[0].latency_seconds, 1e-5);
  EXPECT_EQ(best[1].bytes_per_second, 1e9);
  EXPECT_EQ(best[1].latency_seconds, 3e-5);
}

}  // namespace
}  // namespace fullshard::doctor
