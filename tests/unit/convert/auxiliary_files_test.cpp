#include "fullshard/convert/auxiliary_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "support/shared_assets.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::convert {

TEST(WithDtype, changes_the_top_level_value_and_no_other_byte) {
  const std::string head =
      "{\n \"text\": {\"torch_dtype\": \"float32\", \"x\": [1, \"}\\\"dtype\\\": 2\"]},\n\t\"torch_dtype\" : "
      " ";
  const std::string tail = " ,\n  \"vocab\": 1e5}\n";

  for (const char* old : {"\"float32\"", "null", "\"bfloat16\"", "{\"a\": [\"]\"]}"})
    EXPECT_EQ(with_dtype(head + old + tail, DType::BF16, "c"), head + "\"bfloat16\"" + tail);
  EXPECT_EQ(with_dtype(R"({"quote":"\"","dtype":"float16"})", DType::F32, "c"),
            R"({"quote":"\"","dtype":"float32"})");
  EXPECT_EQ(with_dtype(R"({"dtype":"float16"})", DType::F32, "c"), R"({"dtype":"float32"})");
  EXPECT_EQ(with_dtype(R"({"dtype":null,"a":1,"torch_dtype":"float16"})", DType::F32, "c"),
            R"({"dtype":"float32","a":1,"torch_dtype":"float32"})");
}

TEST(WithDtype, a_config_without_a_dtype_gains_the_key_that_all_versions_read) {
  EXPECT_EQ(with_dtype("{\n  \"a\": 1\n}", DType::BF16, "c"),
            "{\n  \"torch_dtype\": \"bfloat16\",\n  \"a\": 1\n}");
  EXPECT_EQ(with_dtype("{}", DType::F32, "c"), "{\"torch_dtype\": \"float32\"}");
}

TEST(WithDtype, text_that_is_no_json_object_is_refused) {
  for (const char* text : {"", "[]", "{\"a\":", "{\"a\": 1} x"})
    EXPECT_THROW(with_dtype(text, DType::F32, "config.json"), ModelError) << text;
}

TEST(AuxiliaryFiles, those_that_exist_are_copied_and_weights_and_strangers_are_not) {
  test::TempDir from, to;
  write_file_atomically(from / "config.json", "{\"torch_dtype\":\"float32\"}");
  write_file_atomically(from / "merges.txt", std::string("a b\n\0", 5));
  write_file_atomically(from / "model.safetensors", "weights");
  write_file_atomically(from / "notes.txt", "mine");

  const auto copied = copy_auxiliary_files(from.path(), to / "new", DType::BF16);

  EXPECT_THAT(copied, testing::UnorderedElementsAre("config.json", "merges.txt"));
  EXPECT_EQ(read_file(to / "new/config.json"), "{\"torch_dtype\":\"bfloat16\"}");
  EXPECT_EQ(read_file(to / "new/merges.txt"), std::string("a b\n\0", 5));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(to / "new"), {}), 2);
}

TEST(AuxiliaryFiles, a_directory_without_a_config_is_refused) {
  test::TempDir from, to;

  EXPECT_THROW(copy_auxiliary_files(from.path(), to.path(), std::nullopt), ModelError);
}

TEST(AuxiliaryFiles, a_real_model_s_files_stay_byte_for_byte_the_same) {
  FS_NEEDS_SHARED_ASSETS();
  const auto model = test::shared_assets() / "models/tinystories-656k";
  test::TempDir to;

  const auto copied = copy_auxiliary_files(model, to.path(), DType::F32);  // float32 already

  EXPECT_THAT(copied, testing::UnorderedElementsAre("config.json", "generation_config.json",
                                                    "special_tokens_map.json", "tokenizer.json",
                                                    "tokenizer_config.json"));
  for (const std::string& name : copied) EXPECT_EQ(read_file(to / name), read_file(model / name)) << name;
}

}  // namespace fullshard::convert
