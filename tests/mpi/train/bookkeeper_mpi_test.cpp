#include "fullshard/train/bookkeeper.hpp"

#include "support/together.hpp"

namespace fullshard::train {

using test::all_say;
using test::judge_all_ranks;
using test::outcome_of;
using test::world;

namespace {

data::Books of_this_rank(int64_t tokens) {
  data::Books books(2);
  books[1].add(static_cast<uint64_t>(world().rank()), tokens, 1);
  return books;
}

}  // namespace

TEST(Bookkeeper, adds_up_all_ranks_and_what_was_before) {
  data::Books before(2);
  before[1].add(99, 7, 3);
  Bookkeeper books(world(), before);

  books.enter(of_this_rank(5));
  books.enter(of_this_rank(5));
  const data::Books all = books.all();

  judge_all_ranks([&] {
    return all[0] == data::Tally{} && all[1].samples == 1 + 2 * world().size() &&
           all[1].tokens == 7 + 10 * world().size() && all[1].trained == 3 + 2 * world().size() &&
           books.all() == all;
  });
}

TEST(Bookkeeper, balances_with_a_plan_whose_parts_lie_on_other_ranks) {
  Bookkeeper books(world(), data::Books(2));
  books.enter(of_this_rank(5));
  data::Books planned(2);  // all of it by the last rank
  for (int r = 0; r < world().size() && world().rank() == world().size() - 1; ++r)
    planned[1].add(static_cast<uint64_t>(r), 5, 0);

  const auto outcome = outcome_of([&] { books.check(planned, "a test"); });

  judge_all_ranks([&] { return all_say(outcome, ExitCode::Done, ""); });
}

TEST(Bookkeeper, refuses_on_all_ranks_where_one_has_trained_something_else) {
  Bookkeeper books(world(), data::Books(2));
  books.enter(of_this_rank(world().rank() == 0 ? 6 : 5));

  const auto outcome = outcome_of([&] { books.check(of_this_rank(5), "epoch 3"); });

  judge_all_ranks(
      [&] { return all_say(outcome, ExitCode::Internal, "the books of epoch 3 do not balance"); });
}

TEST(Bookkeeper, a_new_page_is_empty) {
  Bookkeeper books(world(), of_this_rank(5));
  books.enter(of_this_rank(5));

  books.turn_over();

  judge_all_ranks([&] { return books.all() == data::Books(2); });
}

}  // namespace fullshard::train
