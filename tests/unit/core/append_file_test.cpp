#include "fullshard/core/append_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "fullshard/core/error.hpp"
#include "support/temp_dir.hpp"

namespace fullshard {
namespace {

// While one lives, files of this process can grow to `bytes` only, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST(AppendFile, records_follow_what_the_file_already_held) {
  const test::TempDir dir;

  AppendFile(dir / "log").append("one\n");
  AppendFile(dir / "log").append("two\n");

  EXPECT_EQ(read_file(dir / "log"), "one\ntwo\n");
}

TEST(AppendFile, what_a_full_disk_refuses_comes_first_once_there_is_room) {
  const test::TempDir dir;
  AppendFile file(dir / "log");
  {
    const FileSizeLimit full(6);
    EXPECT_THROW(file.append("first\nsecond\n"), IoError);
    EXPECT_THROW(file.sync(), IoError);
  }
  EXPECT_EQ(read_file(dir / "log"), "first\n");

  file.append("third\n");

  EXPECT_EQ(read_file(dir / "log"), "first\nsecond\nthird\n");
}

TEST(AppendFile, a_path_that_cannot_be_opened_is_an_error_that_names_it) {
  const test::TempDir dir;

  EXPECT_THROW(AppendFile(dir / "missing" / "log"), IoError);
}

}  // namespace fullshard
