#include "fullshard/data/batch_feed.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "fullshard/core/error.hpp"

namespace fullshard::data {

namespace {

/// 100 samples whose single id is their number.
class Numbers : public SampleSource {
 public:
  explicit Numbers(int64_t damaged = -1) : damaged_(damaged) {}
  int64_t size() const override { return 100; }
  int64_t length(int64_t) const override { return 2; }
  uint64_t digest(int64_t) const override { return 0; }
  void read(int64_t index, std::vector<int32_t>& words) const override {
    if (index == damaged_) throw DataError("numbers", index, "damaged");
    ++reads;
    const auto id = static_cast<int32_t>(index);
    words.insert(words.end(), {id, id});
  }
  mutable std::atomic<int64_t> reads = 0;

 private:
  int64_t damaged_;
};

EpochPlan plan(int64_t epoch) {
  return {Mixture({{100, 100}}, 7, Order::AsInFiles),
          epoch,
          [](SampleId) { return 2; },
          {.global_batch = 6, .micro_batch = 1, .order = Order::AsInFiles}};
}

/// The share of rank 1 of 4.
BatchFeed::Options from(const Numbers& numbers, int64_t epoch, int64_t step, int64_t steps) {
  return {.sources = {&numbers},
          .plan = plan,
          .share =
              [](int64_t) {
                return std::vector<int64_t>{1, 5};
              },
          .epoch = epoch,
          .step = step,
          .steps = steps};
}

}  // namespace

TEST(BatchFeed, gives_the_share_of_every_step_in_order_over_the_ends_of_epochs) {
  const Numbers numbers;
  BatchFeed feed(from(numbers, 3, 15, 2 * 17));

  for (int64_t i = 0; i < 2 * 17; ++i) {
    EXPECT_EQ(feed.wait(), nullptr);
    const StepBatches got = feed.take();

    const auto first = static_cast<int32_t>((15 + i) % 17 * 6 + 1);
    ASSERT_EQ(got.micro_batches.size(), 2u);
    if (first < 97) {
      EXPECT_EQ(got.micro_batches[0].ids, (std::vector<int32_t>{first, first}));
      EXPECT_EQ(got.micro_batches[1].ids, (std::vector<int32_t>{first + 4, first + 4}));
      EXPECT_EQ(got.books[0].samples, 2);
    } else {  // the last step has 4 micro-batches
      EXPECT_EQ(got.micro_batches[1].trained, 0);
      EXPECT_EQ(got.books[0].samples, 1);
    }
  }
}

TEST(BatchFeed, reads_no_further_than_two_steps_ahead_and_one) {
  const Numbers numbers;
  const BatchFeed feed(from(numbers, 0, 0, 10));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));

  EXPECT_LE(numbers.reads, 2 * 3);  // the third waits to be put
}

TEST(BatchFeed, a_fault_of_the_data_is_told_once_what_was_read_before_it_is_taken) {
  const Numbers numbers(6 + 5);  // of step 1
  BatchFeed feed(from(numbers, 0, 0, 10));

  EXPECT_EQ(feed.wait(), nullptr);
  feed.take();
  EXPECT_NE(feed.wait(), nullptr);
  EXPECT_THROW(feed.take(), DataError);
}

TEST(BatchFeed, ends_while_more_could_be_read) {
  const Numbers numbers;

  EXPECT_NO_THROW(BatchFeed(from(numbers, 0, 0, 1000)));
}

}  // namespace fullshard::data
