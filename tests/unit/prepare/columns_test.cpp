#include "fullshard/prepare/columns.hpp"

#include <gtest/gtest.h>

namespace fullshard::prepare {
namespace {

TEST(Columns, a_run_file_that_names_columns_says_what_rows_are) {
  config::RunConfig run;
  EXPECT_EQ(row_format_of(run), RowFormat{});
  run.columns.prompt = "question";

  const RowFormat named = row_format_of(run);
  EXPECT_EQ(named.formatting, Formatting::Pairs);
  EXPECT_EQ(named.columns, (Columns{.text = "text", .prompt = "question", .response = "response"}));
  run.stage = config::Stage::Pretrain;
  EXPECT_EQ(row_format_of(run).formatting, Formatting::ByColumns) << "prompt is nothing to a document";
}

TEST(Columns, a_run_file_of_sft_names_the_text_of_rows_that_have_nothing_else) {
  config::RunConfig run;
  run.columns.text = "body";

  EXPECT_EQ(row_format_of(run).formatting, Formatting::ByColumns);
  EXPECT_EQ(row_format_of(run).columns, Columns{.text = "body"});
  run.stage = config::Stage::Pretrain;
  EXPECT_EQ(row_format_of(run).formatting, Formatting::Pairs);
}

}  // namespace
}  // namespace fullshard::prepare
