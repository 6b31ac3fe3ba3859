#include "fullshard/convert/model_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "support/shared_assets.hpp"
#include "support/temp_dir.hpp"
#include "unit/convert/safetensors_files.hpp"

namespace fullshard::convert {

using test::message_of;
using testing::AllOf;
using testing::HasSubstr;

namespace {

/// A file of vectors in float32.
void write_floats(const std::filesystem::path& path,
                  const std::vector<std::pair<std::string, std::vector<float>>>& all) {
  std::string header, data;
  for (const auto& [name, values] : all) {
    const size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    header += fmt::format(R"({}"{}":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}})",
                          header.empty() ? "" : ",", name, values.size(), begin, data.size());
  }
  test::write_safetensors(path, "{" + header + "}", data);
}

void write_index(const test::TempDir& dir, const std::string& weight_map) {
  write_file_atomically(dir / "model.safetensors.index.json",
                        R"({"metadata":{},"weight_map":)" + weight_map + "}");
}

std::string opening(const test::TempDir& dir) {
  return message_of([&] { ModelDirectory::open(dir.path()); });
}

std::vector<float> read_floats(const ModelDirectory& model, std::string_view name) {
  std::vector<float> v(static_cast<size_t>(model.find(name)->count().value));
  model.read(name, {0}, device_span(std::span(v)));
  return v;
}

}  // namespace

TEST(ModelDirectory, tensors_are_found_in_their_shards) {
  test::TempDir dir;
  write_floats(dir / "x-1.safetensors", {{"b", {1, 2}}});
  write_floats(dir / "x-2.safetensors", {{"a", {3}}, {"c", {}}});
  write_index(dir, R"({"a":"x-2.safetensors","b":"x-1.safetensors","c":"x-2.safetensors"})");

  const ModelDirectory model = ModelDirectory::open(dir.path());

  EXPECT_EQ(model.tensors().size(), 3u);
  EXPECT_EQ(model.tensors()[0]->name, "a");
  EXPECT_EQ(read_floats(model, "b"), (std::vector<float>{1, 2}));
  EXPECT_EQ(read_floats(model, "a"), (std::vector<float>{3}));
  EXPECT_EQ(model.find("d"), nullptr);
}

TEST(ModelDirectory, an_index_and_shards_that_disagree_are_refused_naming_the_file) {
  test::TempDir dir;
  write_floats(dir / "x.safetensors", {{"a", {1}}, {"b", {2}}});

  EXPECT_THAT(opening(dir), HasSubstr("expected model.safetensors or"));
  write_index(dir, R"({"a":"x.safetensors","b":"y.safetensors"})");
  EXPECT_THAT(opening(dir), AllOf(HasSubstr("y.safetensors"), HasSubstr("not there")));
  write_index(dir, R"({"a":"x.safetensors"})");
  EXPECT_THAT(opening(dir), AllOf(HasSubstr("'b'"), HasSubstr("lacks")));
  write_index(dir, R"({"a":"x.safetensors","b":"x.safetensors","c":"x.safetensors"})");
  EXPECT_THAT(opening(dir), AllOf(HasSubstr("'c'"), HasSubstr("x.safetensors")));
  write_floats(dir / "y.safetensors", {{"b", {2}}});
  write_index(dir, R"({"a":"x.safetensors","b":"y.safetensors"})");
  EXPECT_THAT(opening(dir), AllOf(HasSubstr("'b'"), HasSubstr("says to be in y.safetensors")));
}

TEST(ModelDirectory, shard_names_cannot_lead_out_of_the_directory) {
  test::TempDir dir;

  for (const char* name : {"../x.safetensors", "/etc/passwd", "..", ".", "", "a/b"}) {
    write_index(dir, fmt::format(R"({{"a":"{}"}})", name));
    EXPECT_THAT(opening(dir), HasSubstr("plain name")) << name;
  }
  write_index(dir, R"({"a":7})");
  EXPECT_THAT(opening(dir), HasSubstr("file name"));
  write_index(dir, "[]");
  EXPECT_THAT(opening(dir), HasSubstr("weight_map"));
  write_index(dir, "{");
  EXPECT_THAT(opening(dir), HasSubstr("expected JSON"));
}

TEST(ModelDirectory, check_reports_every_difference_at_once_with_the_nearest_names) {
  test::TempDir dir;
  test::write_safetensors(dir / "model.safetensors",
                          R"({"model.norms.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                          R"("int":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},)"
                          R"("wide":{"dtype":"BF16","shape":[2,2],"data_offsets":[16,24]}})",
                          std::string(24, '\0'));
  const ModelDirectory model = ModelDirectory::open(dir.path());
  const std::vector<ExpectedTensor> expected{{"model.norm.weight", {2}}, {"int", {1}}, {"wide", {4}}};

  const std::string message = message_of([&] { model.check(expected); });

  EXPECT_THAT(message,
              AllOf(HasSubstr("4 differences"),
                    HasSubstr("missing 'model.norm.weight' (there is an unexpected 'model.norms.weight')"),
                    HasSubstr("unexpected 'model.norms.weight' (did you mean 'model.norm.weight')"),
                    HasSubstr("dtype of 'int': expected F32, F16, BF16 or F64, found I64"),
                    HasSubstr("shape of 'wide': expected [4], found [2, 2]")));
}

TEST(ModelDirectory, rotary_buffers_of_old_llama_files_are_left_out) {
  test::TempDir dir;
  write_floats(dir / "model.safetensors",
               {{"w", {1}}, {"model.layers.0.self_attn.rotary_emb.inv_freq", {1, 2}}});
  const std::vector<ExpectedTensor> expected{{"w", {1}}};

  const ModelDirectory model = ModelDirectory::open(dir.path());

  EXPECT_NO_THROW(model.check(expected));
  EXPECT_EQ(model.tensors().size(), 1u);
}

TEST(ModelDirectory, a_tied_matrix_is_found_under_either_name) {
  const std::vector<ExpectedTensor> expected{{"model.embed_tokens.weight", {2}}};
  for (const char* stored : {"model.embed_tokens.weight", "lm_head.weight"}) {
    test::TempDir dir;
    write_floats(dir / "model.safetensors", {{stored, {1, 2}}});

    const ModelDirectory tied = ModelDirectory::open(dir.path(), Embeddings::Tied);

    EXPECT_NO_THROW(tied.check(expected));
    EXPECT_EQ(read_floats(tied, "model.embed_tokens.weight"), (std::vector<float>{1, 2}));
    EXPECT_EQ(read_floats(tied, "lm_head.weight"), (std::vector<float>{1, 2}));
  }
}

TEST(ModelDirectory, two_copies_of_a_tied_matrix_must_be_equal) {
  const std::vector<ExpectedTensor> expected{{"model.embed_tokens.weight", {2}}};
  test::TempDir equal, other;
  write_floats(equal / "model.safetensors",
               {{"model.embed_tokens.weight", {1, 2}}, {"lm_head.weight", {1, 2}}});
  write_floats(other / "model.safetensors",
               {{"model.embed_tokens.weight", {1, 2}}, {"lm_head.weight", {1, 3}}});

  EXPECT_NO_THROW(ModelDirectory::open(equal.path(), Embeddings::Tied).check(expected));
  EXPECT_THAT(
      message_of([&] { ModelDirectory::open(other.path(), Embeddings::Tied).check(expected); }),
      AllOf(HasSubstr("lm_head.weight"), HasSubstr("differ in value"), HasSubstr("tie_word_embeddings")));
  EXPECT_THAT(message_of([&] { ModelDirectory::open(equal.path(), Embeddings::Untied).check(expected); }),
              HasSubstr("unexpected 'lm_head.weight'"));
}

TEST(ModelDirectory, real_models_open) {
  FS_NEEDS_SHARED_ASSETS();
  const auto models = test::shared_assets() / "models";

  EXPECT_EQ(ModelDirectory::open(models / "tinystories-656k", Embeddings::Tied)
                .find("model.embed_tokens.weight")
                ->shape,
            (std::vector<int64_t>{2048, 128}));
  EXPECT_EQ(ModelDirectory::open(models / "stories260k").find("model.embed_tokens.weight")->shape,
            (std::vector<int64_t>{512, 64}));
}

}  // namespace fullshard::convert
