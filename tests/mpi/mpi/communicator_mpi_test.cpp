#include "fullshard/mpi/communicator.hpp"

#include "support/judge.hpp"

namespace fullshard {

using test::judge_all_ranks;
using test::world;

TEST(Communicator, reduces_over_all_ranks) {
  const int64_t n = world().size(), me = world().rank();

  const int64_t sum = world().sum(me), max = world().max(me), min = world().min(me);

  judge_all_ranks([&] { return sum == n * (n - 1) / 2 && max == n - 1 && min == 0; });
}

TEST(Communicator, sum_of_doubles_has_the_same_bits_on_all_ranks) {
  const double sum = world().sum(0.1 * (world().rank() + 1) * 1e-7 + 1e9 * (world().rank() % 2));

  judge_all_ranks([&] { return world().max(sum) == sum && -world().max(-sum) == sum; });
}

TEST(Communicator, writes_its_collectives_to_the_board_and_so_do_its_children) {
  ProgressBoard board;
  mpi::Communicator comm = world().duplicate();
  comm.sum(int64_t{1});
  const int64_t before = board.read().value().collectives[1].sequence;
  comm.report_to(&board);
  const mpi::Communicator child = comm.split(0, 0);
  child.broadcast(std::string("text"));

  const CollectiveProgress seen = board.read().value().collectives[1];
  judge_all_ranks([&] {
    return before == 0 && seen.sequence == 3 && seen.in_flight == 0 && seen.bytes == 4 &&
           std::string(seen.operation.data()) == "broadcast";
  });
}

TEST(Communicator, gathers_texts_of_different_lengths_in_rank_order) {
  const auto texts = world().all_gather(std::string(static_cast<size_t>(world().rank()), 'x'));

  judge_all_ranks([&] {
    for (size_t r = 0; r < texts.size(); ++r)
      if (texts[r] != std::string(r, 'x')) return false;
    return static_cast<int>(texts.size()) == world().size();
  });
}

TEST(Communicator, digests_add_modulo_2_to_the_128) {
  std::vector<Digest> d(3, Digest{~uint64_t{0}, 1});

  world().sum(d);

  const auto n = static_cast<uint64_t>(world().size());
  judge_all_ranks([&] { return d[2] == Digest{uint64_t{0} - n, n}; });
}

TEST(Communicator, split_orders_by_key) {
  const mpi::Communicator reversed = world().split(0, -world().rank());

  judge_all_ranks([&] {
    return reversed.rank() == world().size() - 1 - world().rank() && reversed.size() == world().size();
  });
}

}  // namespace fullshard
