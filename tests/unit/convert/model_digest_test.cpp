#include "fullshard/convert/model_digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "support/temp_dir.hpp"
#include "unit/convert/safetensors_files.hpp"

namespace fullshard::convert {

using test::message_of;
using testing::HasSubstr;

namespace {

TensorInfo tensor(std::string name, std::vector<int64_t> shape = {2, 3}) {
  return {.name = std::move(name), .stored_dtype = "F32", .dtype = DType::F32, .shape = std::move(shape)};
}

ModelDigest two() {
  ModelDigest d;
  d.add(tensor("a"), {1, 2});
  d.add(tensor("odd \"name\"\n"), {3, 4});
  return d;
}

std::vector<std::string> names(const std::vector<TensorDifference>& differences) {
  std::vector<std::string> out;
  for (const TensorDifference& d : differences) out.push_back(d.tensor);
  return out;
}

}  // namespace

TEST(ModelDigest, reads_back_what_it_wrote) {
  test::TempDir dir;
  EXPECT_FALSE(ModelDigest::recorded_in(dir.path()));

  write_file_atomically(dir.path() / kDigestName, two().to_json());
  const auto read = ModelDigest::recorded_in(dir.path());

  ASSERT_TRUE(read);
  EXPECT_EQ(read->total(), two().total());
  EXPECT_TRUE(two().differences_from(*read).empty());
}

TEST(ModelDigest, a_changed_a_missing_and_an_unknown_tensor_are_named) {
  ModelDigest other;
  other.add(tensor("a", {6}), {1, 2});
  other.add(tensor("b"), {3, 4});

  EXPECT_EQ(names(other.differences_from(two())), (std::vector<std::string>{"a", "b", "odd \"name\"\n"}));
}

TEST(ModelDigest, what_is_damaged_or_newer_is_refused_with_the_file_and_the_member) {
  test::TempDir dir;
  const std::string good = two().to_json();
  const auto reason_with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    write_file_atomically(dir.path() / kDigestName, text.replace(text.find(from), from.size(), to));
    return message_of([&] { ModelDigest::recorded_in(dir.path()); });
  };

  EXPECT_THAT(reason_with("\"format_version\": 1", "\"format_version\": 2"),
              HasSubstr("model.digest.json: format_version: expected 1, found 2"));
  EXPECT_THAT(reason_with("\"digest\"", "\"digits\""), HasSubstr("digest: expected a digest, found none"));
  EXPECT_THAT(reason_with("\"tensors\"", "\"sensors\""), HasSubstr("tensors: expected an object"));
  EXPECT_THAT(reason_with("\"a\": \"", "\"a\": \"x"), HasSubstr("tensors.a: digest: expected 32"));
  EXPECT_THAT(reason_with("\"a\": \"", "\"a\": 1, \"b\": \""), HasSubstr("tensors.a: expected a digest"));
  EXPECT_THAT(reason_with(two().total().hex(), Digest{}.hex()), HasSubstr("add up to"));
  EXPECT_THAT(reason_with(good, "[]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(reason_with(good, good.substr(0, 50)), HasSubstr("expected a JSON object"));
}

TEST(ModelDigest, a_tensor_of_a_dtype_that_we_do_not_know_is_digested_byte_by_byte) {
  test::TempDir dir;
  const auto path = test::write_safetensors(
      dir / "m.safetensors", R"({"q":{"dtype":"F8_E4M3","shape":[5],"data_offsets":[0,5]}})", "abcde");
  const SafetensorsFile file = SafetensorsFile::open(path);
  const std::vector<uint8_t> bytes{'a', 'b', 'c', 'd', 'e'};

  EXPECT_EQ(digest_of(file, file.tensors()[0]), fullshard::digest_of(device_span(std::span(bytes)), {0}));
}

TEST(ModelDigest, a_tensor_of_several_pieces_has_the_digest_of_the_whole) {
  test::TempDir dir;
  constexpr int64_t kCount = (int64_t{4} << 20) + 5;  // one byte over a piece, were it one of bytes
  std::string data(2 * kCount, '\0');
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * i >> 3);
  const auto path = test::write_safetensors(
      dir / "m.safetensors",
      fmt::format(R"({{"w":{{"dtype":"BF16","shape":[{}],"data_offsets":[0,{}]}}}})", kCount, 2 * kCount),
      data);
  const SafetensorsFile file = SafetensorsFile::open(path);

  EXPECT_EQ(
      digest_of(file, file.tensors()[0]),
      fullshard::digest_of(
          ConstDeviceSpan{reinterpret_cast<const std::byte*>(data.data()), {kCount}, DType::BF16}, {0}));
}

}  // namespace fullshard::convert
