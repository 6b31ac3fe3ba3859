#include "fullshard/convert/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/convert/model_digest.hpp"
#include "fullshard/convert/safetensors_writer.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/hash.hpp"
#include "support/shared_assets.hpp"
#include "support/temp_dir.hpp"
#include "unit/convert/safetensors_files.hpp"

namespace fullshard::convert {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr const char* kHeader = R"({"w":{"dtype":"U8","shape":[1,3],"data_offsets":[0,3]},)"
                                R"("q":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[3,5]}})";

}  // namespace

TEST(Describe, a_file_is_described_by_its_tensors_and_digests_when_asked) {
  test::TempDir dir;
  const auto path = test::write_safetensors(dir / "m.safetensors", kHeader, "abcde");
  const std::vector<uint8_t> w{'a', 'b', 'c'};
  const std::string digest = digest_of(device_span(std::span(w)), {0}).hex();

  EXPECT_THAT(describe_model(path, Digests::Omit).text,
              AllOf(HasSubstr("parameters    5"), HasSubstr("m.safetensors: 2 tensors"), HasSubstr("[1, 3]"),
                    HasSubstr("F8_E4M3 (1 tensors), U8 (1 tensors)"), Not(HasSubstr(digest))));
  EXPECT_THAT(describe_model(path, Digests::Include).text,
              AllOf(HasSubstr(digest), HasSubstr("\ndigest        ")));
}

TEST(Describe, a_directory_is_described_with_its_architecture) {
  test::TempDir dir;
  test::write_safetensors(dir / "model.safetensors", kHeader, "abcde");

  EXPECT_THAT(describe_model(dir.path(), Digests::Omit).text, HasSubstr("no config.json"));
  write_file_atomically(dir / "config.json", R"({"architectures":["LlamaForCausalLM"]})");
  EXPECT_THAT(describe_model(dir.path(), Digests::Omit).text, HasSubstr("architecture  LlamaForCausalLM\n"));
  write_file_atomically(dir / "config.json", "{");
  EXPECT_THROW(describe_model(dir.path(), Digests::Omit), ModelError);
}

TEST(Describe, a_model_is_compared_with_its_record_and_a_changed_tensor_named_with_its_file) {
  test::TempDir dir;
  const std::vector<TensorToWrite> tensors{{"a", {4}}, {"b", {2, 3}}};
  const std::vector<float> v{1, 2, 3, 4, 5, 6};
  SafetensorsWriter w(dir.path(), plan_safetensors(tensors, DType::F32, {1}));
  w.write("a", {0}, device_span(std::span(v)).slice({0}, {4}));
  w.write("b", {0}, device_span(std::span(v)));
  const std::string digest = w.commit().hex();

  const Description intact = describe_model(dir.path(), Digests::Include);
  EXPECT_THAT(intact.text, HasSubstr("\ndigest        " + digest + "  (model.digest.json says the same)\n"));
  EXPECT_TRUE(intact.damage.empty());

  const auto shard = dir / "model-00002-of-00002.safetensors";
  std::string bytes = read_file(shard);
  bytes.back() ^= 1;
  write_file_atomically(shard, bytes);
  const Description changed = describe_model(dir.path(), Digests::Include);
  EXPECT_THAT(changed.text, AllOf(HasSubstr("(model.digest.json says " + digest + ")"),
                                  Not(HasSubstr("digest        " + digest))));
  EXPECT_THAT(changed.damage,
              testing::ElementsAre(HasSubstr("model-00002-of-00002.safetensors: tensor b has")));
  EXPECT_TRUE(describe_model(dir.path(), Digests::Omit).damage.empty());

  write_file_atomically(dir.path() / kDigestName, "{}");
  EXPECT_THAT(describe_model(dir.path(), Digests::Include).damage,
              testing::ElementsAre(HasSubstr("model.digest.json: format_version")));
  std::filesystem::remove(dir.path() / kDigestName);
  EXPECT_THAT(describe_model(dir.path(), Digests::Include).text, HasSubstr("(no model.digest.json to"));
}

TEST(Describe, a_real_model_has_its_known_size) {
  FS_NEEDS_SHARED_ASSETS();

  EXPECT_THAT(
      describe_model(test::shared_assets() / "models/tinystories-656k", Digests::Include).text,
      AllOf(HasSubstr("LlamaForCausalLM"), HasSubstr("656,000"), HasSubstr("2,624,000"), HasSubstr("F32")));
}

}  // namespace fullshard::convert
