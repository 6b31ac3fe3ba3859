#include "fullshard/data/batch_reader.hpp"

#include <gtest/gtest.h>

#include "support/memory_samples.hpp"

namespace fullshard::data {

namespace {

test::MemorySamples two_samples() {
  test::MemorySamples d;
  d.append(std::vector<int32_t>{1, 2, 3}, std::vector<int32_t>{kIgnored, 2, 3});
  d.append(std::vector<int32_t>{4, 5}, std::vector<int32_t>{4, 5});
  return d;
}

}  // namespace

TEST(BatchReader, samples_of_several_sources_lie_end_to_end_and_in_the_books_of_each) {
  const test::MemorySamples a = two_samples(), b = two_samples();
  BatchReader reader({&a, &b});

  const MicroBatch batch = reader.read(std::vector<SampleId>{{1, 1}, {0, 0}, {1, 0}});

  EXPECT_EQ(batch.ids, (std::vector<int32_t>{4, 5, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(batch.starts, (std::vector<int32_t>{0, 2, 5, 8}));
  const Books books = reader.take_books();
  EXPECT_EQ(books[0].samples, 1);
  EXPECT_EQ(books[1].samples, 2);
  EXPECT_EQ(books[1].tokens, 5);
  EXPECT_EQ(books[1].trained, 3);
  EXPECT_EQ(reader.take_books(), Books(2));
}

TEST(BatchReader, no_samples_are_a_token_that_trains_nothing_and_is_in_no_book) {
  const test::MemorySamples d = two_samples();
  BatchReader reader({&d});

  const MicroBatch idle = reader.read({});

  EXPECT_EQ(idle.num_tokens(), 1);
  EXPECT_EQ(idle.trained, 0);
  EXPECT_EQ(reader.take_books(), Books(1));
}

}  // namespace fullshard::data
