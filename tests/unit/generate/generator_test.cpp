#include "fullshard/generate/generator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/whole_model.hpp"

namespace fullshard::generate {
namespace {

using testing::ElementsAreArray;

class Generator : public ::testing::Test {
 protected:
  std::vector<int32_t> answer(const GenerateOptions& options) { return generate(decoder, prompt, options); }

  const test::WholeModel tiny{test::tiny_config()};
  Decoder decoder{tiny.spec, tiny.params};
  const std::vector<int32_t> prompt = {3, 1, 4, 1, 5};
};

}  // namespace

TEST_F(Generator, greedy_tokens_are_the_most_probable_after_all_before) {
  const auto ids = answer({.max_new_tokens = 12});

  auto all = prompt;
  for (int32_t id : ids) {
    EXPECT_EQ(id, tiny.logits(all)[-1].argmax().item<int64_t>());
    all.push_back(id);
  }
  EXPECT_EQ(ids.size(), 12u);
}

TEST_F(Generator, ends_after_any_of_the_end_tokens) {
  const auto free = answer({.max_new_tokens = 12});
  const auto found = std::find(free.begin(), free.end(), free[5]);

  const auto ended = answer({.max_new_tokens = 12, .eos_token_ids = {1000, free[5]}});

  EXPECT_THAT(ended, ElementsAreArray(free.begin(), found + 1));
}

TEST_F(Generator, gives_each_token_to_the_caller_at_once) {
  std::vector<int32_t> seen;
  std::vector<int64_t> lengths;

  const auto ids = generate(decoder, prompt, {.max_new_tokens = 3}, [&](int32_t id) {
    seen.push_back(id);
    lengths.push_back(decoder.length());
  });

  EXPECT_EQ(seen, ids);
  EXPECT_THAT(lengths, testing::ElementsAre(5, 6, 7));
}

TEST_F(Generator, the_seed_alone_decides_what_is_drawn) {
  const GenerateOptions one{.max_new_tokens = 20, .sampling = {.temperature = 2, .seed = 1}};
  const GenerateOptions two{.max_new_tokens = 20, .sampling = {.temperature = 2, .seed = 2}};

  const auto first = answer(one);

  EXPECT_NE(answer(two), first);
  EXPECT_EQ(answer(one), first);
}

TEST_F(Generator, each_position_draws_anew) {
  const auto ids = answer({.max_new_tokens = 20, .sampling = {.temperature = 1e6, .seed = 1}});

  // All tokens are equally probable: one draw for all positions would give one token.
  EXPECT_GT(std::set<int32_t>(ids.begin(), ids.end()).size(), 5u);
}

TEST_F(Generator, a_repetition_penalty_counts_the_prompt) {
  for (int32_t k = 2; k < 10; ++k) {
    std::vector<int32_t> half;
    for (int32_t id = 0; id < 67; ++id)
      if (id % k < (k + 1) / 2) half.push_back(id);
    at::Tensor scores = tiny.logits(half)[-1].clone();
    for (int32_t seen : half) {
      const double l = scores[seen].item<double>();
      scores[seen] = l < 0 ? l * 100 : l / 100;
    }

    EXPECT_EQ(generate(decoder, half, {.max_new_tokens = 1, .repetition_penalty = 100})[0],
              scores.argmax().item<int64_t>());
  }
}

TEST_F(Generator, a_repetition_penalty_pushes_down_every_token_that_was_there) {
  const auto ids = answer({.max_new_tokens = 12, .repetition_penalty = 1.3});

  auto all = prompt;
  for (int32_t id : ids) {
    at::Tensor scores = tiny.logits(all)[-1].clone();
    for (int32_t seen : std::set<int32_t>(all.begin(), all.end())) {
      const double l = scores[seen].item<double>();
      scores[seen] = l < 0 ? l * 1.3 : l / 1.3;
    }
    EXPECT_EQ(id, scores.argmax().item<int64_t>());
    all.push_back(id);
  }
  EXPECT_NE(ids, answer({.max_new_tokens = 12}));
}

TEST_F(Generator, no_new_tokens_are_no_tokens) {
  EXPECT_TRUE(answer({.max_new_tokens = 0}).empty());
}

}  // namespace fullshard::generate
