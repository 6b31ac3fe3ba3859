#include "checkpoint/hdf5/state_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <bit>
#include <csignal>
#include <cstdio>
#include <string>

#include "checkpoint/names.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::checkpoint {

namespace {

using testing::HasSubstr;

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return text;
  char buffer[4096];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, n);
  ::pclose(pipe);
  return text;
}

const std::string kUuid = "01234567-89ab-4cde-8f01-23456789abcd";

std::vector<TensorSpec> one_of_each_type() {
  std::vector<TensorSpec> tensors;
  for (DType t : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32, DType::U8})
    tensors.push_back({"master", std::string(name_of(t)), {2, 3}, t});
  tensors.push_back({"exp_avg", "scalar", {}, DType::F32});
  return tensors;
}

template <class T>
void put(const std::filesystem::path& file, Bytes at, std::vector<T> values) {
  write_at(open_file(file, O_WRONLY), file, values.data(), static_cast<int64_t>(values.size() * sizeof(T)),
           at.value);
}

}  // namespace

TEST(StateFile, every_dataset_starts_at_a_block_and_none_overlap) {
  test::TempDir dir;
  std::vector<TensorSpec> tensors;
  for (int i = 0; i < 300; ++i) tensors.push_back({"master", "w" + std::to_string(i), {i + 1}, DType::F32});

  const auto layout = hdf5::create_state_file(dir / "s.h5", kUuid, tensors);

  ASSERT_EQ(layout.offsets.size(), tensors.size());
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (size_t t = 0; t < tensors.size(); ++t) {
    EXPECT_EQ(layout.offsets[t].value % hdf5::kAlignment.value, 0) << t;
    ranges.emplace_back(layout.offsets[t].value, layout.offsets[t].value + 4 * tensors[t].count().value);
  }
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i) EXPECT_GE(ranges[i].first, ranges[i - 1].second);
  EXPECT_LE(ranges.back().second, static_cast<int64_t>(std::filesystem::file_size(dir / "s.h5")));
}

TEST(StateFile, the_uuid_stands_where_it_was_said_to) {
  test::TempDir dir;

  const auto layout = hdf5::create_state_file(dir / "s.h5", kUuid, one_of_each_type());

  std::string found(kUuid.size(), '\0');
  read_at(open_file(dir / "s.h5", O_RDONLY), dir / "s.h5", found.data(), 36, layout.uuid_offset.value);
  EXPECT_EQ(found, kUuid);
}

TEST(StateFile, bytes_written_at_the_offsets_are_what_h5dump_shows) {
  if (output_of("h5dump --version").find("Version") == std::string::npos)
    GTEST_SKIP() << "needs h5dump (hdf5-tools), which is not here";
  test::TempDir dir;
  const auto file = dir / "s.h5";
  const auto layout = hdf5::create_state_file(file, kUuid, one_of_each_type());
  const auto bf16 = [](float x) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(x) >> 16); };

  put<double>(file, layout.offsets[0], {1e300, 2, 3, 4, 5, -0.5});
  put<float>(file, layout.offsets[1], {1.5f, 2, 3, 4, 5, -1e30f});
  put<uint16_t>(file, layout.offsets[2], {0x3c00, 0xc000, 0x3555, 0x7bff, 0, 0x0001});  // IEEE binary16
  put<uint16_t>(file, layout.offsets[3], {bf16(1), bf16(-2), bf16(0.15625f), bf16(3e38f), bf16(0), bf16(96)});
  put<int64_t>(file, layout.offsets[4], {1, -2, int64_t{1} << 40, 0, 0, 7});
  put<int32_t>(file, layout.offsets[5], {1, -2, 3, 0, 0, 7});
  put<uint8_t>(file, layout.offsets[6], {1, 255, 3, 0, 0, 7});
  put<float>(file, layout.offsets[7], {42});

  const auto dump = [&](const std::string& name) {
    return output_of("h5dump -d " + name + " " + file.string());
  };
  EXPECT_THAT(dump("/master/float64"), HasSubstr("(0,0): 1e+300, 2, 3,"));
  EXPECT_THAT(dump("/master/float32"), HasSubstr("(1,0): 4, 5, -1e+30"));
  EXPECT_THAT(dump("/master/float16"), HasSubstr("(0,0): 1, -2, 0.333252,"));
  EXPECT_THAT(dump("/master/bfloat16"), HasSubstr("(0,0): 1, -2, 0.15625,"));
  EXPECT_THAT(dump("/master/bfloat16"), HasSubstr("0, 96"));
  EXPECT_THAT(dump("/master/int64"), HasSubstr("(0,0): 1, -2, 1099511627776,"));
  EXPECT_THAT(dump("/master/int32"), HasSubstr("(0,0): 1, -2, 3,"));
  EXPECT_THAT(dump("/master/uint8"), HasSubstr("(0,0): 1, 255, 3,"));
  EXPECT_THAT(dump("/exp_avg/scalar"), HasSubstr("(0): 42"));
  EXPECT_THAT(dump("/uuid"), HasSubstr(kUuid));
}

TEST(StateFile, a_place_that_cannot_be_written_is_an_io_error_that_names_it) {
  test::TempDir dir;

  try {
    hdf5::create_state_file(dir / "absent" / "s.h5", kUuid, one_of_each_type());
    FAIL();
  } catch (const IoError& e) {
    EXPECT_THAT(e.what(), HasSubstr((dir / "absent" / "s.h5").string()));
    EXPECT_THAT(e.what(), HasSubstr("No such file"));
  }
}

TEST(StateFile, is_never_larger_than_was_reserved_for_it) {
  test::TempDir dir;
  for (int count : {0, 1, 10, 1000}) {
    std::vector<TensorSpec> tensors;
    for (int i = 0; i < count; ++i)
      tensors.push_back({i % 3 ? "master" : "exp_avg", std::string(200, 'x') + std::to_string(i), {7, 3}});

    hdf5::create_state_file(dir / "s.h5", kUuid, tensors);

    EXPECT_LE(static_cast<int64_t>(std::filesystem::file_size(dir / "s.h5")),
              hdf5::largest_state_file(tensors).value);
  }
}

}  // namespace fullshard::checkpoint
