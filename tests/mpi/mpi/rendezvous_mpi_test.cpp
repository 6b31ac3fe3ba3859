#include "fullshard/mpi/rendezvous.hpp"

#include "support/judge.hpp"

namespace fullshard::test {

TEST(AllArrive, is_true_when_every_rank_comes) {
  const mpi::Communicator meeting = world().split(0, world().rank());

  judge_all_ranks([&] { return mpi::all_arrive(meeting, 30); });
}

TEST(AllArrive, is_false_when_a_rank_stays_away_for_the_time_given) {
  if (world().size() == 1) GTEST_SKIP() << "nobody can stay away from a meeting of one";
  const mpi::Communicator meeting = world().split(0, world().rank());
  const bool comes = world().rank() != 0;

  judge_all_ranks([&] { return !comes || !mpi::all_arrive(meeting, 0.2); });
  // Completes the others' barrier, so that the communicator can be freed.
  if (!comes) mpi::all_arrive(meeting, 30);
}

}  // namespace fullshard::test
