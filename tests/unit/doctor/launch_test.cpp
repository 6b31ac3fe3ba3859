#include "doctor/launch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::HasSubstr;

TEST(AllocationText, tells_ranks_nodes_and_mesh) {
  EXPECT_EQ(allocation_text(healthy(2, 4)), "8 ranks on 2 nodes (mesh 2×4): n0 4, n1 4");
  EXPECT_EQ(allocation_text(healthy(1, 1)), "1 rank on 1 node (mesh 1×1): n0 1");
}

TEST(JudgeLaunch, names_the_launcher) {
  EXPECT_THAT(judge_launch({{"OMPI_COMM_WORLD_SIZE", "8"}}, healthy(2, 4)).text,
              HasSubstr("mpirun (Open MPI): 8 ranks on 2 nodes"));
}

TEST(JudgeLaunch, nodes_of_the_allocation_that_have_no_ranks_are_a_warning) {
  const mpi::Variables v = {{"SLURM_STEP_NUM_TASKS", "8"}, {"SLURM_JOB_NUM_NODES", "4"}};

  const Finding f = judge_launch(v, healthy(2, 4));

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("8 ranks on 2 nodes, as MPI sees them, of 4 nodes that are allocated"));
}

}  // namespace
}  // namespace fullshard::doctor
