#include "fullshard/config/generation_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GenerationConfig load(const std::string& json) {
  const test::TempDir dir;
  write_file_atomically(dir / "generation_config.json", json);
  ModelConfig model;
  model.eos_token_ids = {99};
  return load_generation_config(dir.path(), model);
}

std::string refusal(const std::string& json) {
  try {
    load(json);
  } catch (const ModelError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(GenerationConfig, end_tokens_are_one_or_a_list) {
  EXPECT_THAT(load(R"({"eos_token_id": 2, "temperature": 0.6, "top_k": 20})").eos_token_ids, ElementsAre(2));
  EXPECT_THAT(load(R"({"eos_token_id": [151645, 151643]})").eos_token_ids, ElementsAre(151645, 151643));
}

TEST(GenerationConfig, a_file_without_end_tokens_ends_nothing) {
  EXPECT_THAT(load("{}").eos_token_ids, IsEmpty());
  EXPECT_THAT(load(R"({"eos_token_id": null})").eos_token_ids, IsEmpty());
}

TEST(GenerationConfig, without_a_file_the_models_end_tokens_hold) {
  const test::TempDir dir;
  ModelConfig model;
  model.eos_token_ids = {7, 8};

  const GenerationConfig config = load_generation_config(dir.path(), model);

  EXPECT_THAT(config.eos_token_ids, ElementsAre(7, 8));
  EXPECT_EQ(config.repetition_penalty, 1);
}

TEST(GenerationConfig, reads_the_repetition_penalty) {
  EXPECT_EQ(load(R"({"repetition_penalty": 1.05})").repetition_penalty, 1.05);
}

TEST(GenerationConfig, refuses_what_would_change_greedy_tokens) {
  EXPECT_THAT(refusal(R"({"num_beams": 4, "suppress_tokens": [1], "eos_token_id": [-1]})"),
              AllOf(HasSubstr("generation_config.json"), HasSubstr("num_beams"), HasSubstr("suppress_tokens"),
                    HasSubstr("eos_token_id")));
  EXPECT_THAT(refusal(R"({"repetition_penalty": 0})"), HasSubstr("repetition_penalty"));
  EXPECT_EQ(refusal(R"({"num_beams": 1, "min_length": 0, "suppress_tokens": null, "guidance_scale": 1.0})"),
            "accepted");
}

TEST(GenerationConfig, broken_json_is_the_models_fault) {
  EXPECT_THAT(refusal("{"), HasSubstr("generation_config.json"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("object"));
}

}  // namespace
}  // namespace fullshard::config
