#include "fullshard/mpi/launch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fullshard::mpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kOpenMpi = "Open MPI v4.1.4, package: Debian";

/// Task 5 of 8 on 2 nodes, as srun describes it.
Variables srun_task() {
  return {{"SLURM_STEP_NUM_TASKS", "8"}, {"SLURM_STEP_NUM_NODES", "2"}, {"SLURM_NODEID", "1"},
          {"SLURM_LOCALID", "1"},        {"SLURM_PROCID", "5"},         {"PMIX_RANK", "5"}};
}
constexpr Placement kSeen = {.ranks = 8, .nodes = 2, .local_rank = 1};

TEST(Launch, what_mpi_sees_as_slurm_says_is_no_contradiction) {
  EXPECT_THAT(contradiction(srun_task(), kSeen), IsEmpty());
}

TEST(Launch, a_program_without_a_launcher_contradicts_nothing) {
  EXPECT_THAT(contradiction({}, {}), IsEmpty());
  EXPECT_THAT(problem_before_start({}, kOpenMpi), IsEmpty());
}

TEST(Launch, tasks_that_do_not_see_each_other_are_told_to_start_with_pmix) {
  EXPECT_THAT(contradiction(srun_task(), {}),
              AllOf(HasSubstr("SLURM started 8 tasks but MPI sees 1"), HasSubstr("srun --mpi=pmix")));
}

TEST(Launch, another_number_of_nodes_says_both_and_which_way_to_mend) {
  EXPECT_THAT(contradiction(srun_task(), {.ranks = 8, .nodes = 8, .local_rank = 0}),
              AllOf(HasSubstr("2 node(s) but MPI sees 8"), HasSubstr("share one host name")));
  EXPECT_THAT(contradiction(srun_task(), {.ranks = 8, .nodes = 1, .local_rank = 5}),
              AllOf(HasSubstr("2 node(s) but MPI sees 1"), HasSubstr("its own host name")));
}

TEST(Launch, another_local_rank_is_named) {
  EXPECT_THAT(contradiction(srun_task(), {.ranks = 8, .nodes = 2, .local_rank = 3}),
              HasSubstr("srun says that this is local rank 1 of its node, MPI says 3"));
}

TEST(Launch, ranks_of_mpirun_inside_a_slurm_job_are_not_compared_with_the_step_of_its_daemons) {
  Variables v = {{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_NUM_NODES", "2"},
                 {"SLURM_LOCALID", "0"},        {"OMPI_COMM_WORLD_SIZE", "8"},
                 {"OMPI_COMM_WORLD_RANK", "5"}, {"OMPI_COMM_WORLD_LOCAL_RANK", "1"}};

  EXPECT_THAT(contradiction(v, kSeen), IsEmpty());
}

TEST(Launch, a_mpirun_of_another_mpi_is_named) {
  EXPECT_THAT(contradiction({{"OMPI_COMM_WORLD_SIZE", "4"}}, {}),
              AllOf(HasSubstr("mpirun (Open MPI) started 4 ranks"), HasSubstr("sees 1"),
                    HasSubstr("fullshard --version")));
  EXPECT_THAT(contradiction({{"PMI_SIZE", "4"}, {"MPI_LOCALRANKID", "0"}}, {}),
              HasSubstr("mpiexec (Hydra) started 4 ranks"));
}

TEST(Launch, a_heterogeneous_step_is_not_judged_by_the_size_of_one_component) {
  Variables v = srun_task();
  v["SLURM_HET_SIZE"] = "2";

  EXPECT_THAT(contradiction(v, {.ranks = 12, .nodes = 3, .local_rank = 0}), IsEmpty());
}

TEST(Launch, variables_that_are_no_numbers_say_nothing) {
  EXPECT_EQ(number_of({{"SLURM_NNODES", "2(x3)"}}, "SLURM_NNODES"), std::nullopt);
  EXPECT_EQ(number_of({{"SLURM_NNODES", ""}}, "SLURM_NNODES"), std::nullopt);
  EXPECT_EQ(number_of({{"SLURM_NNODES", "99999999999"}}, "SLURM_NNODES"), std::nullopt);
  EXPECT_EQ(number_of({{"SLURM_NNODES", "12"}}, "SLURM_NNODES"), 12);
}

TEST(Variables, are_split_at_their_first_equals_sign) {
  const char* const environment[] = {"A=1", "B=x=y", "C=", "nothing", nullptr};

  EXPECT_EQ(variables_from(environment), (Variables{{"A", "1"}, {"B", "x=y"}, {"C", ""}}));
}

TEST(ProblemBeforeStart, open_mpi_tasks_without_a_process_manager_are_told_to_start_with_pmix) {
  Variables v = srun_task();
  v.erase("PMIX_RANK");
  v["PMIX_MCA_gds"] = "hash";  // a setting of the user's

  EXPECT_THAT(problem_before_start(v, kOpenMpi),
              AllOf(HasSubstr("8 task(s) without a process manager"), HasSubstr("srun --mpi=pmix")));
  EXPECT_THAT(problem_before_start(v, "MPICH Version: 4.1"), IsEmpty());  // may know SLURM's oldest interface
}

TEST(ProblemBeforeStart, one_task_is_refused_where_open_mpi_would_abort_it) {
  Variables v = {{"SLURM_STEP_NUM_TASKS", "1"}};
  EXPECT_THAT(problem_before_start(v, kOpenMpi), IsEmpty());

  v["SLURM_STEP_ID"] = "0";
  EXPECT_THAT(problem_before_start(v, kOpenMpi), HasSubstr("1 task(s)"));
}

TEST(ProblemBeforeStart, any_process_manager_is_trusted) {
  Variables v = srun_task();
  EXPECT_THAT(problem_before_start(v, kOpenMpi), IsEmpty());

  v.erase("PMIX_RANK");
  v["PMI_RANK"] = "5";
  EXPECT_THAT(problem_before_start(v, kOpenMpi), IsEmpty());
}

}  // namespace
}  // namespace fullshard::mpi
