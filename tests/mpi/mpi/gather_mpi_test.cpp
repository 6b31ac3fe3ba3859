#include "fullshard/mpi/gather.hpp"

#include "support/judge.hpp"

namespace fullshard::mpi {

using test::judge_all_ranks;
using test::world;

namespace {

/// Rank r has r values r.
std::vector<int16_t> values_of(int rank) {
  return std::vector<int16_t>(static_cast<size_t>(rank), static_cast<int16_t>(rank));
}

}  // namespace

TEST(Gather, has_the_values_of_all_ranks_in_their_order) {
  const std::vector<int16_t> mine = values_of(world().rank());

  const auto by_rank = gather(world(), std::span<const int16_t>(mine));
  const auto flat = gather_flat(world(), std::span<const int16_t>(mine));

  std::vector<std::vector<int16_t>> expected;
  std::vector<int16_t> end_to_end;
  for (int rank = 0; rank < world().size(); ++rank) {
    expected.push_back(values_of(rank));
    end_to_end.insert(end_to_end.end(), expected.back().begin(), expected.back().end());
  }
  judge_all_ranks([&] { return by_rank == expected && flat == end_to_end; });
}

}  // namespace fullshard::mpi
