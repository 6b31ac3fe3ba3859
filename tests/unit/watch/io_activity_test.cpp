#include "watch/io_activity.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/temp_dir.hpp"

namespace fullshard::watch {

TEST(IoActivity, sees_files_being_written_and_read) {
  const test::TempDir dir;
  IoActivity io;
  uint64_t last = io.moves();
  if (io.moves() != last) GTEST_SKIP() << "something else in this process reads or writes";

  write_file_atomically(dir / "file", std::string(1 << 20, 'x'));
  EXPECT_GT(io.moves(), last);
  last = io.moves();
  read_file(dir / "file");
  EXPECT_GT(io.moves(), last);
}

TEST(IoActivity, its_own_looks_are_no_activity) {
  IoActivity io;
  const uint64_t before = io.moves();
  for (int i = 0; i < 10'000; ++i) io.moves();

  EXPECT_EQ(io.moves(), before);
}

}  // namespace fullshard::watch
