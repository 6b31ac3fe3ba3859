#include "fullshard/report/console_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fullshard::report {

namespace {

const StepRecord kRecord{.step = 20,
                         .total_steps = 1000,
                         .loss = 2.10341,
                         .lr = 2e-5,
                         .grad_norm = 1.2341,
                         .tokens_per_second = 5210.9,
                         .mfu = 0.6129,
                         .peak_host_memory = Bytes{int64_t{1} << 31},
                         .remaining_seconds = 185};

using testing::HasSubstr;
using testing::Not;

}  // namespace

TEST(ConsoleText, a_step_is_one_line_with_all_its_numbers) {
  EXPECT_EQ(
      step_text(kRecord),
      "step   20/1000  loss 2.1034  lr 2.000e-05  grad_norm 1.234  5,211 tok/s  MFU 61.3 %  mem 2.00 GiB  "
      "ETA 3 min 05 s");
}

TEST(ConsoleText, an_unknown_mfu_is_left_out) {
  StepRecord record = kRecord;
  record.mfu.reset();

  EXPECT_THAT(step_text(record), Not(HasSubstr("MFU")));
}

TEST(ConsoleText, an_evaluation_is_a_line) {
  EXPECT_EQ(eval_text({.step = 5, .total_steps = 10, .eval_loss = 1.5, .eval_tokens = 24310}),
            "step  5/10  eval_loss 1.5000 over 24,310 tokens");
}

TEST(ConsoleText, the_header_says_what_will_run) {
  const RunHeader header{
      .program_version = "fullshard 0.1.0",
      .model_name = "tiny",
      .family = "llama",
      .parameters = 1234567,
      .precision = "bf16, fp32 master",
      .strategy = "zero3",
      .mesh = "1 node x 2 ranks",
      .memory_per_rank = {{"weights", Bytes{1024}}, {"none", Bytes{}}, {"moments", Bytes{2048}}},
      .data = {"100 samples", "2 cut"},
      .total_steps = 50,
      .epochs = 2,
      .batch = "4",
      .schedule = "cosine",
      .output_dir = "out",
      .resumed_from_step = 25};

  EXPECT_EQ(header_text(header),
            "fullshard 0.1.0\n"
            "  model        tiny (llama, 1,234,567 parameters)\n"
            "  precision    bf16, fp32 master\n"
            "  mesh         1 node x 2 ranks, 1 thread per rank\n"
            "  strategy     zero3\n"
            "  memory/rank  3.00 KiB = weights 1.00 KiB, moments 2.00 KiB\n"
            "  data         100 samples\n"
            "               2 cut\n"
            "  steps        50 (2 epochs), batch 4\n"
            "  schedule     cosine\n"
            "  output       out\n"
            "  resumed      after step 25\n");
}

TEST(ConsoleText, a_transfer_says_bytes_seconds_and_rate) {
  EXPECT_EQ(transfer_text({"saved out/checkpoint-5", Bytes{int64_t{3} << 30}, 2.0}),
            "saved out/checkpoint-5: 3.00 GiB in 2.000 s, 1.50 GiB/s");
  EXPECT_EQ(transfer_text({"exported out", Bytes{512}, 0}), "exported out: 512 B in 0.000 s");
}

TEST(ConsoleText, the_summary_leaves_out_what_did_not_happen) {
  const std::string text = summary_text({.outcome = "finished", .steps = 50, .train_loss = 1.25});

  EXPECT_THAT(text, HasSubstr("finished\n  steps        50 (0 epochs"));
  EXPECT_THAT(text, HasSubstr("1.2500 (mean)"));
  EXPECT_THAT(text, Not(HasSubstr("eval")));
}

TEST(ConsoleText, the_summary_says_the_digests_of_what_was_left) {
  const Digest state{1, 2}, model{3, 4};

  EXPECT_THAT(summary_text({.checkpoint_digest = state}),
              HasSubstr("digests      checkpoint " + state.hex() + "\n"));
  EXPECT_THAT(summary_text({.checkpoint_digest = state, .model_digest = model}),
              HasSubstr("digests      checkpoint " + state.hex() + ", model " + model.hex() + "\n"));
  EXPECT_THAT(summary_text({}), Not(HasSubstr("digest")));
}

TEST(ConsoleText, the_bar_fits_any_width) {
  for (int columns = 0; columns <= 200; ++columns)
    EXPECT_LE(static_cast<int>(progress_text(kRecord, columns).size()), columns);
  EXPECT_EQ(progress_text(kRecord, 40), "  2 % [..........]  20/1000  loss 2.1034");
  EXPECT_EQ(progress_text({.step = 1, .total_steps = 2}, 24), " 50 % [#####......]  1/2");
}

TEST(ConsoleText, the_bar_is_full_at_the_end_and_empty_without_steps) {
  EXPECT_THAT(progress_text({.step = 10, .total_steps = 10}, 80), HasSubstr("100 % [####"));
  EXPECT_THAT(progress_text({.step = 10, .total_steps = 10}, 80), Not(HasSubstr(".]")));
  EXPECT_THAT(progress_text({}, 80), HasSubstr("  0 % [...."));
}

}  // namespace fullshard::report
