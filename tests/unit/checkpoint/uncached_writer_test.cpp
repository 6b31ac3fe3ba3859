#include "checkpoint/uncached_writer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "fullshard/core/error.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::checkpoint {

namespace {

struct Free {
  void operator()(char* p) const noexcept { std::free(p); }
};

/// Memory that begins at a block, full of bytes that depend on their place.
std::unique_ptr<char, Free> some_bytes(size_t n) {
  std::unique_ptr<char, Free> p(static_cast<char*>(std::aligned_alloc(4096, (n + 4095) / 4096 * 4096)));
  uint32_t x = 1;
  for (size_t i = 0; i < n; ++i) p.get()[i] = static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
  return p;
}

/// Every byte of the file, zeros where nothing was written, for each way to lie on blocks or not.
void expect_written(const std::filesystem::path& dir) {
  constexpr size_t kSize = 300'000;
  const auto bytes = some_bytes(kSize);
  struct Piece {
    size_t from, count;
    int64_t offset;
  };
  for (const Piece p : {Piece{0, 0, 0}, Piece{0, 100, 4096}, Piece{0, 4096, 8192}, Piece{0, 77'777, 4096},
                        Piece{4096, 200'000, 0}, Piece{1, 8192, 4096}, Piece{4096, 8192, 100}}) {
    write_file_atomically(dir / "f", std::string(kSize, '\0'));
    UncachedWriter writer(dir / "f");
    writer.write(bytes.get() + p.from, static_cast<int64_t>(p.count), p.offset);
    writer.sync();

    std::string expected(kSize, '\0');
    expected.replace(static_cast<size_t>(p.offset), p.count, bytes.get() + p.from, p.count);
    EXPECT_EQ(read_file(dir / "f"), expected) << p.from << " " << p.count << " " << p.offset;
  }
}

}  // namespace

TEST(UncachedWriter, writes_what_it_is_given_wherever_it_lies) {
  test::TempDir dir;
  expect_written(dir.path());
}

TEST(UncachedWriter, a_file_system_without_direct_writes_serves_too) {
  const std::filesystem::path shm = "/dev/shm";
  if (!std::filesystem::is_directory(shm)) GTEST_SKIP() << "no /dev/shm here";
  const auto dir = shm / ("fullshard-test-" + std::to_string(::getpid()));
  std::filesystem::create_directory(dir);
  expect_written(dir);
  std::filesystem::remove_all(dir);
}

TEST(UncachedWriter, neighbours_share_no_page) {
  test::TempDir dir;
  write_file_atomically(dir / "f", std::string(65'536, '\0'));
  const auto bytes = some_bytes(10'000);
  UncachedWriter writer(dir / "f");
  for (const int64_t at : {0, 12'288, 24'576}) writer.write(bytes.get(), 10'000, at);
  writer.sync();

  std::string expected(65'536, '\0');
  for (const size_t at : {0, 12'288, 24'576}) expected.replace(at, 10'000, bytes.get(), 10'000);
  EXPECT_EQ(read_file(dir / "f"), expected);
}

TEST(UncachedWriter, a_disk_that_takes_no_more_is_an_error) {
  UncachedWriter writer("/dev/full");
  const auto bytes = some_bytes(8192);
  EXPECT_THROW(writer.write(bytes.get(), 8192, 0), IoError);
}

}  // namespace fullshard::checkpoint
