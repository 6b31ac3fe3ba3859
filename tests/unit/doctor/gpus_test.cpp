#include "doctor/gpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::HasSubstr;

// Ranks of a build with CUDA, each of which sees all GPUs of its node.
std::vector<RankFacts> with_gpus(int nodes, int per_node, int gpus) {
  auto all = healthy(nodes, per_node);
  for (RankFacts& f : all) {
    f.cuda = 1;
    f.gpus = f.visible_gpus = gpus;
    f.driver = "580.65.06";
  }
  return all;
}

TEST(JudgeGpus, a_build_that_leaves_gpus_idle_says_so) {
  auto all = healthy(2, 1);
  EXPECT_EQ(judge_gpus(all).verdict, Verdict::Ok);

  all[1].gpus = 4;
  all[1].driver = "550.54.15";
  const Finding f = judge_gpus(all);
  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("leaves 4 NVIDIA GPUs (driver 550.54.15) idle at rank 1 on n1"));
}

TEST(JudgeGpus, a_gpu_for_each_rank_is_well) {
  const Finding f = judge_gpus(with_gpus(2, 4, 4));

  EXPECT_EQ(f.verdict, Verdict::Ok);
  EXPECT_THAT(f.text, HasSubstr("driver 580.65.06"));
}

TEST(JudgeGpus, gpus_that_cuda_does_not_show_are_missed) {
  auto all = with_gpus(1, 2, 2);
  for (RankFacts& f : all) f.visible_gpus = 0;

  const Finding f = judge_gpus(all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("though there are 2 NVIDIA GPUs"));
}

TEST(JudgeGpus, a_node_without_gpus_among_others_is_named) {
  auto all = with_gpus(2, 2, 2);
  for (RankFacts& f : all)
    if (f.node == 1) f.gpus = f.visible_gpus = 0;

  const Finding f = judge_gpus(all);

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_THAT(f.text, HasSubstr("ranks 2-3 on n1"));
}

TEST(JudgeGpus, more_ranks_than_gpus_fail_and_ranks_on_one_gpu_are_told) {
  EXPECT_EQ(judge_gpus(with_gpus(1, 4, 2)).verdict, Verdict::Fail);
  EXPECT_THAT(judge_gpus(with_gpus(1, 4, 2)).text, HasSubstr("n0 has 2 GPUs for 4 ranks"));

  EXPECT_EQ(judge_gpus(with_gpus(1, 4, 1)).verdict, Verdict::Warn);
  EXPECT_THAT(judge_gpus(with_gpus(1, 4, 1)).text, HasSubstr("4 ranks on n0 share one GPU"));
}

TEST(JudgeGpus, a_binding_that_hides_the_peers_is_told_with_its_remedy) {
  auto all = with_gpus(2, 4, 4);
  for (RankFacts& f : all) f.visible_gpus = 1;

  const Finding f = judge_gpus(all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.remedy, HasSubstr("--gpus-per-node"));
}

TEST(JudgeGpus, another_driver_is_named) {
  auto all = with_gpus(3, 1, 1);
  all[2].driver = "550.54.15";

  EXPECT_THAT(judge_gpus(all).text, HasSubstr("550.54.15 at rank 2 on n2"));
}

}  // namespace
}  // namespace fullshard::doctor
