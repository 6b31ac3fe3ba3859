#include "fullshard/train/progress.hpp"

#include <gtest/gtest.h>

namespace fullshard::train {
namespace {

Progress some() {
  Progress p;
  p.step = 7;
  p.steps_with_targets = 5;
  p.loss_sum = 0.1;
  p.best_step = 4;
  p.books.resize(1);
  return p;
}

TEST(Progress, comes_back_from_its_text) {
  const std::string text = to_text(some());

  const Progress again = progress_from_text(text, "checkpoint");

  EXPECT_EQ(to_text(again), text);
  EXPECT_EQ(again.steps_with_targets, 5);
}

TEST(Progress, of_a_checkpoint_that_counts_no_steps_with_targets_has_a_loss_in_each) {
  std::string text = to_text(some());
  const size_t line = text.find("steps_with_targets");
  text.erase(line, text.find('\n', line) + 1 - line);

  EXPECT_EQ(progress_from_text(text, "checkpoint").steps_with_targets, 7);
}

}  // namespace
}  // namespace fullshard::train
