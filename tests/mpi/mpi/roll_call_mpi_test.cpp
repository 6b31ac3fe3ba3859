#include "mpi/roll_call.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/clock.hpp"
#include "mpi/native.hpp"
#include "support/judge.hpp"

namespace fullshard::test {

TEST(RollCall, hears_everybody_who_comes) {
  const auto unheard = mpi::unheard_ranks(world().native().comm, 30);

  judge_all_ranks([&] { return unheard.empty(); });
}

TEST(RollCall, names_the_rank_that_stays_away) {
  if (world().size() == 1) GTEST_SKIP() << "nobody can stay away from a call of one";
  // Never freed: the calls that nobody answers stay in it.
  const auto* line = new mpi::Communicator(world().split(0, world().rank()));
  const int away = world().size() - 1;
  const Stopwatch clock;
  std::vector<int> unheard;
  if (world().rank() != away) unheard = mpi::unheard_ranks(line->native().comm, 0.3);

  const double seconds = clock.seconds();
  judge_all_ranks([&] {
    if (world().rank() == away) return true;
    return unheard == std::vector{world().rank() == 0 ? away : 0} && seconds < 10;
  });
}

}  // namespace fullshard::test
