#include "checkpoint/uncached_reader.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "fullshard/core/span.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::checkpoint {

namespace {

std::string some_bytes(size_t n) {
  std::string text(n, '\0');
  uint32_t x = 1;
  for (char& c : text) c = static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
  return text;
}

ConstDeviceSpan view(const std::string& content, Bytes at, Elems count, DType dtype) {
  return {reinterpret_cast<const std::byte*>(content.data()) + at.value, count, dtype};
}

}  // namespace

TEST(UncachedReader, finds_the_digest_of_any_range_of_the_file) {
  test::TempDir dir;
  const std::string content = some_bytes(17'000'003);  // two windows and a bit, no whole blocks
  write_file_atomically(dir / "f", content);
  UncachedReader reader(dir / "f");

  struct Range {
    DType dtype;
    int64_t offset, count;
  };
  for (const Range r :
       {Range{DType::F32, 4096, 4'000'000}, Range{DType::F64, 8, 1'100'000}, Range{DType::BF16, 4094, 1},
        Range{DType::U8, 0, 17'000'003}, Range{DType::U8, 17'000'002, 1}, Range{DType::U8, 4097, 8'388'608},
        Range{DType::F32, 100, 0}})
    EXPECT_EQ(reader.digest(r.dtype, {77}, {r.count}, {r.offset}),
              digest_of(view(content, {r.offset}, {r.count}, r.dtype), {77}))
        << name_of(r.dtype) << " " << r.offset << " " << r.count;
}

TEST(UncachedReader, the_end_of_the_file_inside_a_range_is_an_error) {
  test::TempDir dir;
  write_file_atomically(dir / "f", some_bytes(10'000));
  UncachedReader reader(dir / "f");

  EXPECT_THROW(reader.digest(DType::U8, {0}, {10}, {9'991}), IoError);
  EXPECT_THROW(reader.digest(DType::U8, {0}, {10}, {50'000}), IoError);
}

}  // namespace fullshard::checkpoint
