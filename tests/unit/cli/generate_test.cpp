#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fullshard/core/files.hpp"
#include "support/run_program.hpp"
#include "support/shared_assets.hpp"
#include "support/temp_dir.hpp"

namespace fullshard {
namespace {

using test::Ended;
using test::fullshard_with;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

std::string model() {
  return (test::shared_assets() / "models/tinystories-656k").string();
}
Ended generate(const std::string& arguments) {
  return fullshard_with("generate " + model() + " --max-new-tokens 12 " + arguments);
}

TEST(Generate, prints_the_completion_only) {
  FS_NEEDS_SHARED_ASSETS();

  const Ended ended = generate("--prompt 'Once upon a time'");

  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.output, ", a little girl named Lily lived in a small house with her mom, dad, and her \n");
}

TEST(Generate, ids_are_a_json_array) {
  FS_NEEDS_SHARED_ASSETS();

  EXPECT_THAT(generate("--prompt 'Once upon a time' --ids").output, MatchesRegex("\\[[0-9]+(,[0-9]+)*\\]\n"));
}

TEST(Generate, several_prompts_are_a_line_each_and_do_not_touch_each_other) {
  FS_NEEDS_SHARED_ASSETS();
  const test::TempDir dir;
  write_file_atomically(dir / "prompts.jsonl", "\"Tom and\\nSue\"\n\"Once upon a time\"\n");

  const Ended file = generate("--temperature 1 --prompts " + (dir / "prompts.jsonl").string());
  const Ended alone = generate("--temperature 1 --prompt 'Once upon a time'");

  const std::string text = alone.output.substr(0, alone.output.size() - 1);
  EXPECT_EQ(std::count(file.output.begin(), file.output.end(), '\n'), 2) << file.output;
  EXPECT_THAT(file.output, HasSubstr("\n\"" + text + "\"\n"));
}

TEST(Generate, one_rank_of_a_launch_answers) {
  FS_NEEDS_SHARED_ASSETS();

  const Ended ended = fullshard_with("generate " + model() + " --prompt a", "OMPI_COMM_WORLD_RANK=1");

  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.output, StartsWith("fullshard: rank 1 leaves generate to rank 0"));
  EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 1);
}

TEST(Generate, a_checkpoint_must_be_consolidated_first) {
  const test::TempDir dir;
  write_file_atomically(dir / "config.json", "{}");
  write_file_atomically(dir / "manifest.json", "{}");

  const Ended ended = fullshard_with("generate " + dir.path().string() + " --prompt a");

  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.output, HasSubstr("fullshard consolidate"));
}

TEST(Generate, wrong_options_end_with_2) {
  for (const char* wrong :
       {"", "--prompt a --temperature -1", "--prompt a --top-p 0", "--prompt a --precision fp16",
        "--prompt a --max-new-tokens -1", "--prompt a --seed x"}) {
    const Ended ended = fullshard_with(std::string("generate nowhere ") + wrong);
    EXPECT_EQ(ended.status, 2) << wrong;
    EXPECT_THAT(ended.output, StartsWith("fullshard: error: ")) << wrong;
  }
}

TEST(Generate, a_model_that_is_not_there_ends_with_3) {
  const Ended ended = fullshard_with("generate /nonexistent --prompt a");

  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.output, HasSubstr("config.json"));
}

TEST(Generate, an_empty_prompt_continues_the_tokenizers_first_token) {
  FS_NEEDS_SHARED_ASSETS();

  EXPECT_THAT(generate("--prompt ''").output, StartsWith("Once upon a time"));
}

}  // namespace
}  // namespace fullshard
