#include "fullshard/convert/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

  EXPECT_THAT(describe_model(path, Digests::Omit),
              AllOf(HasSubstr("parameters    5"), HasSubstr("m.safetensors: 2 tensors"), HasSubstr("[1, 3]"),
                    HasSubstr("F8_E4M3 (1 tensors), U8 (1 tensors)"), Not(HasSubstr(digest))));
  EXPECT_THAT(describe_model(path, Digests::Include), AllOf(HasSubstr(digest), HasSubstr("no digest")));
}

TEST(Describe, a_directory_is_described_with_its_architecture) {
  test::TempDir dir;
  test::write_safetensors(dir / "model.safetensors", kHeader, "abcde");

  EXPECT_THAT(describe_model(dir.path(), Digests::Omit), HasSubstr("no config.json"));
  write_file_atomically(dir / "config.json", R"({"architectures":["LlamaForCausalLM"]})");
  EXPECT_THAT(describe_model(dir.path(), Digests::Omit), HasSubstr("architecture  LlamaForCausalLM\n"));
  write_file_atomically(dir / "config.json", "{");
  EXPECT_THROW(describe_model(dir.path(), Digests::Omit), ModelError);
}

TEST(Describe, a_real_model_has_its_known_size) {
  FS_NEEDS_SHARED_ASSETS();

  EXPECT_THAT(
      describe_model(test::shared_assets() / "models/tinystories-656k", Digests::Include),
      AllOf(HasSubstr("LlamaForCausalLM"), HasSubstr("656,000"), HasSubstr("2,624,000"), HasSubstr("F32")));
}

}  // namespace fullshard::convert
