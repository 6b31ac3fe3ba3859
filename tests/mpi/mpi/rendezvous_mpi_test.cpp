#include "fullshard/mpi/rendezvous.hpp"

#include "support/judge.hpp"

namespace fullshard::test {

TEST(AllArrive, is_true_when_every_rank_comes) {
  const mpi::Communicator meeting = world().split(0, world().rank());

  judge_all_ranks([&] { return mpi::all_arrive(meeting, 30); });
}

TEST(AllArrive, is_false_when_a_rank_stays_away_for_the_time_given) {
  if (world().size() == 1) GTEST_SKIP() << "nobody can stay away from a meeting of one";
  // Never freed: who gave up leaves a barrier behind that still uses it, as a program does that then aborts.
  const auto* meeting = new mpi::Communicator(world().split(0, world().rank()));
  const bool comes = world().rank() != 0;

  judge_all_ranks([&] { return !comes || !mpi::all_arrive(*meeting, 0.2); });

  // The barrier ends before MPI does: the last rank comes, and the others' side of it moves on in these
  // calls.
  if (!comes) mpi::all_arrive(*meeting, 30);
  for (int i = 0; i < 100; ++i) world().barrier();
}

}  // namespace fullshard::test
