#include "fullshard/comm/journal.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "comm/recording/recording_collectives.hpp"

namespace fullshard::comm {

using mesh::Axis;

namespace {

/// Rank 1 of 4 on paper.
std::unique_ptr<Collectives> paper(Journal& journal, Axis axis, DType transfer = DType::F32) {
  return record(make_paper_collectives({1, 4}, axis == Axis::Local), axis, {journal, transfer});
}

struct Buffers {
  std::vector<float> whole = std::vector<float>(400), part = std::vector<float>(100);
  DeviceSpan all() { return device_span(std::span(whole)); }
  DeviceSpan mine() { return device_span(std::span(part)); }
};

}  // namespace

TEST(Journal, counts_what_a_rank_sends_to_the_other_nodes) {
  Journal journal;
  Buffers b;
  const auto node = paper(journal, Axis::Node), local = paper(journal, Axis::Local);

  node->all_gather(b.all(), b.mine());
  EXPECT_EQ(journal.totals().sent_between_nodes.value, 3 * 400);
  node->reduce_scatter(b.mine(), b.all(), {});
  EXPECT_EQ(journal.totals().sent_between_nodes.value, 2 * 3 * 400);
  local->all_gather(b.all(), b.mine());
  EXPECT_EQ(journal.totals().sent_between_nodes.value, 2 * 3 * 400) << "inside the node";
}

TEST(Journal, who_is_absent_sends_nothing_and_bf16_is_half) {
  Journal journal;
  Buffers b;

  paper(journal, Axis::Node)->reduce_scatter(b.mine(), b.all(), {Accumulate::Overwrite, 1});
  EXPECT_EQ(journal.totals().sent_between_nodes.value, 0) << "rank 0 alone has something";
  paper(journal, Axis::Node, DType::BF16)->reduce_scatter(b.mine(), b.all(), {});
  EXPECT_EQ(journal.totals().sent_between_nodes.value, 3 * 200);
}

TEST(Journal, the_fingerprint_tells_orders_units_axes_and_sizes_apart) {
  const auto of = [](auto work) {
    Journal journal;
    Buffers b;
    const auto node = paper(journal, Axis::Node), local = paper(journal, Axis::Local);
    journal.set_unit(UnitIndex(3));
    work(journal, b, *node, *local);
    return journal.fingerprint();
  };
  const auto gather_then_reduce = [](Journal&, Buffers& b, Collectives& node, Collectives&) {
    node.all_gather(b.all(), b.mine());
    node.reduce_scatter(b.mine(), b.all(), {});
  };

  EXPECT_EQ(of(gather_then_reduce), of(gather_then_reduce));
  EXPECT_EQ(of(gather_then_reduce), of([](Journal&, Buffers& b, Collectives& node, Collectives&) {
              node.all_gather(b.all(), b.mine());
              node.reduce_scatter(b.mine(), b.all(), {Accumulate::Add, 2});
            }))
      << "who is present may differ between nodes";
  const std::vector<uint64_t> others = {of([](Journal&, Buffers& b, Collectives& node, Collectives&) {
                                          node.reduce_scatter(b.mine(), b.all(), {});
                                          node.all_gather(b.all(), b.mine());
                                        }),
                                        of([](Journal& j, Buffers& b, Collectives& node, Collectives&) {
                                          j.set_unit(UnitIndex(4));
                                          node.all_gather(b.all(), b.mine());
                                          node.reduce_scatter(b.mine(), b.all(), {});
                                        }),
                                        of([](Journal&, Buffers& b, Collectives&, Collectives& local) {
                                          local.all_gather(b.all(), b.mine());
                                          local.reduce_scatter(b.mine(), b.all(), {});
                                        }),
                                        of([](Journal&, Buffers& b, Collectives& node, Collectives&) {
                                          node.all_gather(b.all().slice({0}, {200}),
                                                          b.mine().slice({0}, {50}));
                                          node.reduce_scatter(b.mine(), b.all(), {});
                                        })};
  for (const uint64_t other : others) EXPECT_NE(other, of(gather_then_reduce));
}

TEST(Journal, keeps_entries_and_waits_when_asked) {
  Journal journal;
  Buffers b;
  const auto node = paper(journal, Axis::Node);
  node->all_gather(b.all(), b.mine());
  EXPECT_TRUE(journal.entries().empty());

  journal.keep(true);
  journal.set_unit(UnitIndex(2));
  node->all_gather(b.all(), b.mine());
  journal.add(Wait{UnitIndex(2), 1.0, 3.5});

  ASSERT_EQ(journal.entries().size(), 1u);
  EXPECT_EQ(journal.entries()[0].unit, UnitIndex(2));
  EXPECT_EQ(journal.entries()[0].sent.value, 1200);
  EXPECT_GE(journal.entries()[0].end, journal.entries()[0].begin);
  EXPECT_DOUBLE_EQ(journal.totals().exposed, 2.5);
  journal.keep(false);
  EXPECT_TRUE(journal.entries().empty() && journal.waits().empty());
}

TEST(Journal, collectives_stand_on_the_board_while_they_are_under_way) {
  ProgressBoard board;
  Journal journal;
  journal.report_to(&board, {"embed", "block 0"});
  journal.set_unit(UnitIndex(1));
  {
    const CollectiveScope scope = journal.under_way("all_gather", mesh::Axis::Node, Bytes{12});
    const CollectiveProgress seen = board.read().value().collectives[0];
    EXPECT_EQ(seen.in_flight, 1);
    EXPECT_EQ(seen.bytes, 12);
    EXPECT_STREQ(seen.operation.data(), "all_gather");
    EXPECT_STREQ(seen.unit.data(), "block 0");
    EXPECT_STREQ(seen.axis.data(), "node");
  }
  EXPECT_EQ(board.read().value().collectives[0].in_flight, 0);

  journal.set_unit(UnitIndex(-1));
  const CollectiveScope scope = journal.under_way("combine", mesh::Axis::Local, Bytes{1});
  EXPECT_STREQ(board.read().value().collectives[0].unit.data(), "");
}

}  // namespace fullshard::comm
