#include "fullshard/convert/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstring>
#include <map>

#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/core/error.hpp"
#include "support/shared_assets.hpp"
#include "support/temp_dir.hpp"
#include "unit/convert/safetensors_files.hpp"

namespace fullshard::convert {

using test::message_of;
using testing::AllOf;
using testing::HasSubstr;

namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string bytes_of(const auto& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]};
}

}  // namespace

TEST(SafetensorsFile, the_reference_s_own_vectors_have_their_expected_outcome) {
  FS_NEEDS_SHARED_ASSETS();
  // What our message says where the reference has this error.
  const std::map<std::string, std::string> says{{"HeaderTooLarge", "expected at most 100000000 bytes"},
                                                {"HeaderTooSmall", "expected at least 8 bytes"},
                                                {"InvalidHeaderLength", "the file ends after 0"},
                                                {"InvalidHeader", "expected JSON"},
                                                {"InvalidHeaderDeserialization", "expected JSON"},
                                                {"TensorInvalidInfo", "needs 16 bytes"},
                                                {"ValidationOverflow", "overflows"},
                                                {"InvalidOffset", "overlaps"}};
  const auto vectors =
      boost::json::parse(read_file(test::shared_assets() / "oracles/safetensors/vectors.json"));
  test::TempDir dir;
  int judged = 0;

  for (const auto& v : vectors.at("vectors").as_array()) {
    write_file_atomically(dir / "v.safetensors", from_hex(v.at("hex").as_string()));
    const std::string message = message_of([&] { SafetensorsFile::open(dir / "v.safetensors"); });
    const auto& expected = v.at("expected").as_object();
    const auto* error = expected.if_contains("error");
    if (error == nullptr) {
      EXPECT_EQ(message, "") << v;
    } else if (error->as_string() == "MetadataIncompleteBuffer") {
      EXPECT_TRUE(message.find("the file ends") != message.npos ||
                  message.find("has 50 bytes") != message.npos)
          << message;
    } else {
      EXPECT_THAT(message, HasSubstr(says.at(std::string(error->as_string())))) << v;
    }
    ++judged;
  }
  EXPECT_EQ(judged, 17);
}

TEST(SafetensorsFile, any_range_of_a_tensor_reads_into_any_floating_dtype) {
  test::TempDir dir;
  const std::vector<float> values{1, -2.5f, 3.140625f, 1e-3f, 65504, 0};
  const auto path = test::write_safetensors(
      dir / "m.safetensors",
      R"({"skip":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[3,27]}})",
      "abc" + bytes_of(values));
  const SafetensorsFile file = SafetensorsFile::open(path);
  const TensorInfo& w = *file.find("w");

  for (int64_t first = 0; first <= 6; ++first)
    for (int64_t n = 0; first + n <= 6; ++n)
      for (DType t : {DType::F64, DType::F32, DType::BF16, DType::F16}) {
        std::vector<std::byte> got(static_cast<size_t>(n * size_of(t))), expected(got.size());
        file.read(w, {first}, {got.data(), {n}, t});
        convert_dtype({expected.data(), {n}, t}, device_span(std::span(values)).slice({first}, {n}));
        EXPECT_EQ(got, expected) << first << " " << n << " " << name_of(t);
      }
  EXPECT_EQ(file.find("nothing"), nullptr);
}

TEST(SafetensorsFile, tensors_larger_than_a_piece_convert_as_a_whole) {
  test::TempDir dir;
  std::vector<float> values((5 << 20) / 4 + 3);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const auto path =
      test::write_safetensors(dir / "m.safetensors",
                              fmt::format(R"({{"w":{{"dtype":"F32","shape":[{0}],"data_offsets":[0,{1}]}}}})",
                                          values.size(), values.size() * 4),
                              bytes_of(values));
  std::vector<double> got(values.size() - 1);

  const SafetensorsFile file = SafetensorsFile::open(path);
  file.read(*file.find("w"), {1}, device_span(std::span(got)));

  EXPECT_TRUE(std::equal(got.begin(), got.end(), values.begin() + 1));
}

TEST(SafetensorsFile, a_file_of_another_length_is_refused_naming_tensor_and_sizes) {
  test::TempDir dir;
  const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

  EXPECT_THAT(
      message_of([&] { SafetensorsFile::open(test::write_safetensors(dir / "s", header, "1234567")); }),
      AllOf(HasSubstr("'w'"), HasSubstr("byte 8"), HasSubstr("at most 7")));
  EXPECT_THAT(
      message_of([&] { SafetensorsFile::open(test::write_safetensors(dir / "l", header, "123456789")); }),
      AllOf(HasSubstr("'w'"), HasSubstr("9 bytes"), HasSubstr("expected 8")));
}

TEST(SafetensorsFile, absent_files_directories_and_formats_that_do_not_convert_are_model_errors) {
  test::TempDir dir;
  const auto path = test::write_safetensors(
      dir / "q", R"({"q":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", "ab");
  const SafetensorsFile file = SafetensorsFile::open(path);
  std::vector<float> out(2);

  EXPECT_THROW(SafetensorsFile::open(dir / "absent"), ModelError);
  EXPECT_THROW(SafetensorsFile::open(dir.path()), ModelError);
  EXPECT_THAT(message_of([&] { file.read(*file.find("q"), {0}, device_span(std::span(out))); }),
              AllOf(HasSubstr("'q'"), HasSubstr("F8_E4M3"), HasSubstr("float32")));
}

TEST(SafetensorsFile, a_real_model_reads_finite_weights) {
  FS_NEEDS_SHARED_ASSETS();
  const SafetensorsFile file =
      SafetensorsFile::open(test::shared_assets() / "models/tinystories-656k/model.safetensors");
  int64_t total = 0;

  for (const TensorInfo& t : file.tensors()) {
    std::vector<float> w(static_cast<size_t>(t.count().value));
    file.read(t, {0}, device_span(std::span(w)));
    for (float x : w) ASSERT_LT(std::abs(x), 100.f) << t.name;
    total += t.count().value;
  }

  EXPECT_EQ(total, 656'000);
}

}  // namespace fullshard::convert
