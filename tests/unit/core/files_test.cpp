#include "fullshard/core/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fullshard/core/error.hpp"
#include "support/temp_dir.hpp"

namespace fullshard {

TEST(Files, what_was_written_is_read_back_and_nothing_is_left_beside_it) {
  test::TempDir dir;
  const std::string content("a\0b\n", 4);

  write_file_atomically(dir / "f", content);
  write_file_atomically(dir / "f", content + "more");

  EXPECT_EQ(read_file(dir / "f"), content + "more");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Files, created_files_follow_the_umask) {
  test::TempDir dir;
  const mode_t old = ::umask(022);

  write_file_atomically(dir / "f", "x");

  ::umask(old);
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(dir / "f").permissions()), 0644u);
}

TEST(Files, a_missing_file_is_an_io_error_with_its_path) {
  try {
    read_file("/nowhere/at/all");
    FAIL();
  } catch (const IoError& e) {
    EXPECT_EQ(e.path, "/nowhere/at/all");
    EXPECT_EQ(e.exit_code(), ExitCode::Io);
    EXPECT_NE(std::string(e.what()).find("No such file"), std::string::npos);
  }
}

TEST(Files, a_large_range_arrives_whole_from_any_offset) {
  test::TempDir dir;
  std::string content(27'000'001, '\0');  // more than the pieces that are asked for at first
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 2654435761u >> 24);
  write_file_atomically(dir / "f", content);
  const FileDescriptor fd = open_file(dir / "f", 0);

  for (const size_t offset : {0, 5, 9'000'000}) {
    std::string found(content.size() - offset, '\0');
    read_at(fd, dir / "f", found.data(), static_cast<int64_t>(found.size()), static_cast<int64_t>(offset));
    EXPECT_TRUE(found == content.substr(offset)) << offset;
  }
}

TEST(Files, reading_past_the_end_says_where) {
  test::TempDir dir;
  write_file_atomically(dir / "f", "abc");
  const FileDescriptor fd = open_file(dir / "f", 0);
  char buffer[8];

  EXPECT_THROW(read_at(fd, dir / "f", buffer, 8, 1), IoError);
}

}  // namespace fullshard
