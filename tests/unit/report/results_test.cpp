#include "fullshard/report/results.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::report {

TEST(Results, have_the_names_of_transformers_and_all_results_joins_them) {
  test::TempDir dir;
  RunSummary summary{.steps = 50, .epochs = 2.5, .train_loss = 1.25, .runtime_seconds = 25, .samples = 100};
  summary.last_eval = EvalRecord{.step = 50, .epoch = 2.5, .eval_loss = 0, .eval_tokens = 9};

  write_results(dir.path(), summary);

  EXPECT_EQ(
      read_file(dir / "eval_results.json"),
      "{\n    \"epoch\": 2.5,\n    \"eval_loss\": 0,\n    \"eval_tokens\": 9,\n    \"perplexity\": 1\n}\n");
  const std::string all = read_file(dir / "all_results.json");
  for (const char* part :
       {"\"eval_loss\": 0", "\"train_loss\": 1.25", "\"train_runtime\": 25",
        "\"train_samples_per_second\": 4", "\"train_steps_per_second\": 2", "\"epoch\": 2.5"})
    EXPECT_THAT(all, testing::HasSubstr(part));
  EXPECT_THAT(read_file(dir / "train_results.json"), testing::Not(testing::HasSubstr("eval")));
}

TEST(Results, digests_are_text_and_absent_where_there_is_none) {
  test::TempDir dir;

  write_results(dir.path(), RunSummary{.checkpoint_digest = Digest{1, 2}, .model_digest = Digest{3, 4}});
  const std::string all = read_file(dir / "all_results.json");
  write_results(dir.path(), RunSummary{});

  EXPECT_THAT(all, testing::AllOf(testing::HasSubstr("\"checkpoint_digest\": \"" + Digest{1, 2}.hex() + "\""),
                                  testing::HasSubstr("\"model_digest\": \"" + Digest{3, 4}.hex() + "\"")));
  EXPECT_THAT(read_file(dir / "all_results.json"), testing::Not(testing::HasSubstr("digest")));
}

TEST(Results, without_an_evaluation_there_is_no_eval_file) {
  test::TempDir dir;

  write_results(dir.path(), RunSummary{.steps = 1});

  EXPECT_FALSE(std::filesystem::exists(dir / "eval_results.json"));
  EXPECT_THAT(read_file(dir / "all_results.json"), testing::HasSubstr("\"train_steps_per_second\": 0"));
}

}  // namespace fullshard::report
