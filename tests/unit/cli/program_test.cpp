#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fullshard/core/files.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"
#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard {
namespace {

using test::Ended;
using test::fullshard_with;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Program, help_has_examples_and_the_commands) {
  const Ended all = fullshard_with("--help");
  const Ended train = fullshard_with("train --help");

  EXPECT_EQ(all.status, 0);
  EXPECT_THAT(all.output, AllOf(HasSubstr("train"), HasSubstr("Examples:"), HasSubstr("Exit codes"),
                                HasSubstr("7 input/output, 8 a GPU")));
  EXPECT_EQ(train.status, 0);
  EXPECT_THAT(train.output, AllOf(HasSubstr("--print-config"), HasSubstr("Examples:")));
}

TEST(Program, version_names_every_library) {
  const Ended version = fullshard_with("--version");

  EXPECT_EQ(version.status, 0);
  for (const char* name : {"fullshard ", "LibTorch", "MPI", "HDF5", "Boost.JSON", "PCRE2", "utf8proc", "zlib",
                           "zstd", "fmt", "CLI11"})
    EXPECT_THAT(version.output, HasSubstr(name));
}

TEST(Program, a_wrong_command_line_is_one_line_and_exit_2) {
  for (const char* arguments : {"", "trian", "train", "train a.json --fast", "--fast"}) {
    const Ended ended = fullshard_with(arguments);
    EXPECT_EQ(ended.status, 2) << arguments;
    EXPECT_THAT(ended.output, StartsWith("fullshard: error: ")) << arguments;
    EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 1) << ended.output;
  }
}

TEST(Program, an_empty_value_is_not_the_same_as_no_option) {
  for (const char* arguments : {"evaluate run.json --model ''", "tokenize model --chat --template ''",
                                "tokenize model --chat --chat-template ''", "inspect x.tokens --model ''",
                                "generate model --prompts ''"}) {
    const Ended ended = fullshard_with(arguments);
    EXPECT_EQ(ended.status, 2) << arguments;
    EXPECT_THAT(ended.output, HasSubstr("expected a value, found an empty one")) << arguments;
  }
}

TEST(Program, what_one_rank_does_alone_the_others_leave_to_rank_0_and_say_so) {
  for (const std::string command : {"consolidate", "generate", "inspect"}) {
    const Ended ended = fullshard_with(command + (command == "consolidate" ? " nothing out" : " /"),
                                       "OMPI_COMM_WORLD_RANK=1");
    EXPECT_EQ(ended.status, 0) << command;
    EXPECT_THAT(ended.output, StartsWith("fullshard: rank 1 leaves " + command + " to rank 0; "));
  }
}

TEST(Program, every_process_of_a_launcher_tokenizes_its_own_input) {
  const test::TempDir dir;
  tokenize::test::TinyFile{}.write_to(dir.path());
  const std::string tokenize = "tokenize " + dir.path().string();
  const auto of_rank = [&](const char* rank) {
    return fullshard_with(tokenize, "echo '\"abc\"' | SLURM_PROCID=" + std::string(rank));
  };

  const Ended first = of_rank("0"), second = of_rank("1");
  const Ended refused = fullshard_with(tokenize + "x", "SLURM_PROCID=1");
  const Ended full = fullshard_with(tokenize + " > /dev/full", "echo '\"abc\"' | SLURM_PROCID=1");

  EXPECT_EQ(second.status, 0);
  EXPECT_THAT(second.output, StartsWith("["));
  EXPECT_EQ(second.output, first.output);
  EXPECT_EQ(refused.status, 3);
  EXPECT_THAT(refused.output, StartsWith("fullshard: error: "));
  EXPECT_EQ(full.status, 7);
}

TEST(Program, a_file_that_may_not_grow_is_an_error_of_any_command) {
  const test::TempDir dir;
  tokenize::test::TinyFile{}.write_to(dir.path());

  const Ended ended = fullshard_with("tokenize " + dir.path().string() + " > " + (dir / "ids").string(),
                                     "ulimit -f 1; for i in $(seq 2000); do echo '\"abc\"'; done |");

  EXPECT_EQ(ended.status, 7);
}

TEST(Program, a_path_that_the_file_system_refuses_is_no_bug_of_ours) {
  const Ended ended = fullshard_with("tokenize " + std::string(300, 'x'));

  EXPECT_EQ(ended.status, 7);
  EXPECT_THAT(ended.output, HasSubstr("File name too long"));
}

TEST(Program, standard_input_that_cannot_be_read_is_an_error) {
  const test::TempDir dir;
  tokenize::test::TinyFile{}.write_to(dir.path());

  const Ended ended = fullshard_with("tokenize " + dir.path().string() + " < /tmp");

  EXPECT_EQ(ended.status, 7);
  EXPECT_THAT(ended.output, HasSubstr("cannot be read to its end"));
}

TEST(Program, other_ranks_leave_the_message_to_rank_0) {
  const Ended ended = fullshard_with("trian", "OMPI_COMM_WORLD_RANK=1");

  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.output, "");
}

TEST(Program, a_line_that_cannot_be_tokenized_says_what_a_line_is) {
  const test::TempDir dir;
  tokenize::test::TinyFile{}.write_to(dir.path());
  const auto tokenize = [&](const char* line, const char* options = "") {
    return fullshard_with("tokenize " + dir.path().string() + options, std::string("echo ") + line + " |");
  };

  const Ended bare = tokenize("hello"), ids = tokenize("x", " --decode");

  EXPECT_EQ(bare.status, 3);
  EXPECT_THAT(bare.output, AllOf(HasSubstr("input:1: is not valid JSON"),
                                 HasSubstr("write each line as a JSON string, like \"Hello world\"")));
  EXPECT_THAT(ids.output, HasSubstr("write each line as a JSON array of ids, like [1, 15043]"));
}

TEST(Program, every_sample_and_some_examples_are_not_asked_for_together) {
  const Ended ended = fullshard_with("inspect run.json --jsonl --examples 2");

  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("--examples"), HasSubstr("excludes")));
}

TEST(Program, print_config_gives_values_and_sources) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "model");
  for (const char* name : {"model/config.json", "data.jsonl"}) write_file_atomically(dir / name, "{}");
  write_file_atomically(dir / "run.json", R"({"model_name_or_path": "model", "dataset": "data.jsonl",
    "output_dir": "out"})");

  const Ended ended = fullshard_with("train " + (dir / "run.json").string() + " --print-config seed=5");

  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("\"seed\": 5,"), HasSubstr("// override"),
                                  HasSubstr("// default"), HasSubstr("// line 1")));
}

TEST(Program, a_bad_run_file_ends_with_2_and_a_bad_model_with_3) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "model");
  for (const char* name : {"model/config.json", "data.jsonl"}) write_file_atomically(dir / name, "{}");
  write_file_atomically(dir / "run.json", R"({"model_name_or_path": "model", "dataset": "data.jsonl",
    "output_dir": "out"})");

  const Ended bad_key = fullshard_with("train " + (dir / "run.json").string() + " sede=5");
  const Ended bad_model = fullshard_with("train " + (dir / "run.json").string());

  EXPECT_EQ(bad_key.status, 2);
  EXPECT_THAT(bad_key.output, HasSubstr("did you mean seed?"));
  EXPECT_EQ(bad_model.status, 3);
  EXPECT_THAT(bad_model.output, HasSubstr("config.json"));
}

}  // namespace
}  // namespace fullshard
