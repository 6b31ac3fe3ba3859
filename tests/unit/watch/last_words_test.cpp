#include "watch/last_words.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::watch {

namespace {

// In a process of its own, as it ends with it.
void speak_and_end(const std::filesystem::path& log, std::string_view line) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    LastWords words;
    words.log_to(log);
    ::usleep(100'000);  // until all are there
    words.speak(line);
    ::_exit(0);
  }
}

void wait_for_all() {
  while (::wait(nullptr) > 0) {
  }
}

}  // namespace

TEST(LastWords, of_several_ranks_that_come_at_once_one_writes) {
  const test::TempDir dir;
  for (int i = 0; i < 8; ++i) speak_and_end(dir / "log", "fullshard: rank 3 has made no progress for 2 s\n");
  wait_for_all();

  EXPECT_EQ(read_file(dir / "log"), "fullshard: rank 3 has made no progress for 2 s\n");
}

TEST(LastWords, a_verdict_of_an_earlier_session_is_none_of_this_one) {
  const test::TempDir dir;
  speak_and_end(dir / "log", "fullshard: rank 3 has made no progress for 2 s\n");
  wait_for_all();
  speak_and_end(dir / "log", "fullshard: rank 4 has made no progress for 2 s\n");
  wait_for_all();

  const std::string log = read_file(dir / "log");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
}

TEST(LastWords, without_a_directory_for_the_log_stderr_has_the_line) {
  EXPECT_EXIT(
      {
        LastWords words;
        words.log_to("/nowhere/at/all");
        words.speak("the line\n");
        ::_exit(5);
      },
      testing::ExitedWithCode(5), "the line");
}

// A pipe that nobody reads holds a writer, like a disk that is gone.
TEST(LastWords, a_log_that_never_returns_does_not_hold_the_process) {
  const test::TempDir dir;
  const auto fifo = dir / "log";
  ASSERT_EQ(::system(("mkfifo " + fifo.string()).c_str()), 0);

  EXPECT_EXIT(
      {
        LastWords words;
        words.log_to(fifo);
        words.speak(std::string(200'000, 'x'));
        ::pause();
      },
      testing::ExitedWithCode(5), "");
}

}  // namespace fullshard::watch
