#include "fullshard/convert/safetensors_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::convert {

namespace {

const std::vector<TensorToWrite> kTensors{
    {"b", {2, 2}}, {"a", {3}}, {"big", {10}}, {"scalar", {}}, {"empty", {0, 7}}};

std::vector<std::vector<std::string>> names_per_file(const SafetensorsPlan& plan) {
  std::vector<std::vector<std::string>> names;
  for (const PlannedFile& f : plan.files) {
    names.emplace_back();
    for (const TensorInfo& t : f.tensors) names.back().push_back(t.name);
  }
  return names;
}

}  // namespace

TEST(SafetensorsPlan, one_file_without_an_index_where_it_is_enough) {
  const SafetensorsPlan plan = plan_safetensors(kTensors, DType::BF16, {36});

  ASSERT_EQ(plan.files.size(), 1u);
  EXPECT_EQ(plan.files[0].name, "model.safetensors");
  EXPECT_EQ(plan.files[0].size.value, static_cast<int64_t>(plan.files[0].head.size()) + 36);
  EXPECT_EQ(plan.index, "");
}

TEST(SafetensorsPlan, files_keep_the_order_and_the_limit_and_a_larger_tensor_has_its_own) {
  const SafetensorsPlan plan = plan_safetensors(kTensors, DType::BF16, {14});

  EXPECT_EQ(names_per_file(plan),
            (std::vector<std::vector<std::string>>{{"b", "a"}, {"big"}, {"scalar", "empty"}}));
  EXPECT_EQ(plan.files[1].name, "model-00002-of-00003.safetensors");
  EXPECT_EQ(plan.index, R"({
  "metadata": {
    "total_size": 36
  },
  "weight_map": {
    "a": "model-00001-of-00003.safetensors",
    "b": "model-00001-of-00003.safetensors",
    "big": "model-00002-of-00003.safetensors",
    "empty": "model-00003-of-00003.safetensors",
    "scalar": "model-00003-of-00003.safetensors"
  }
}
)");
}

TEST(SafetensorsPlan, headers_are_read_back_as_planned_and_data_begins_at_a_multiple_of_eight) {
  for (DType dtype : {DType::F64, DType::F32, DType::F16, DType::BF16}) {
    const SafetensorsPlan plan = plan_safetensors(kTensors, dtype, {20});

    for (const PlannedFile& f : plan.files) {
      const int64_t head = static_cast<int64_t>(f.head.size());
      EXPECT_EQ(head % 8, 0);
      const auto read =
          parse_safetensors_header(std::string_view(f.head).substr(8), f.size.value - head, "x");
      ASSERT_EQ(read.tensors.size(), f.tensors.size());
      for (const TensorInfo& t : f.tensors)
        EXPECT_TRUE(std::any_of(read.tensors.begin(), read.tensors.end(), [&](const TensorInfo& r) {
          return r.name == t.name && r.shape == t.shape && r.dtype == dtype && r.offset + head == t.offset;
        })) << t.name;
      EXPECT_EQ(read.metadata.at("format"), "pt");
    }
  }
}

TEST(SafetensorsPlan, a_size_that_holds_nothing_and_names_that_repeat_are_refused) {
  const std::vector<TensorToWrite> twice{{"a", {1}}, {"a", {1}}};

  EXPECT_THROW(plan_safetensors(kTensors, DType::F32, {0}), ConfigError);
  EXPECT_THROW(plan_safetensors(twice, DType::F32, {100}), InternalError);
}

}  // namespace fullshard::convert
