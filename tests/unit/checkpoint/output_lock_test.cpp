#include "fullshard/checkpoint/output_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "checkpoint/lock_holder.hpp"
#include "fullshard/core/error.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::checkpoint {

namespace {

constexpr std::chrono::seconds kLimit{600};

std::filesystem::path lock_in(const test::TempDir& dir, int n) {
  return dir / (".fullshard-lock-" + std::to_string(n));
}

/// A lock as another process, described by `holder`, would have left it `age` ago.
void leave_lock(const test::TempDir& dir, const LockHolder& holder, std::chrono::seconds age) {
  write_file_atomically(lock_in(dir, 1), holder.to_json());
  const timespec then{::time(nullptr) - age.count(), 0};
  const timespec times[2] = {then, then};
  ::utimensat(AT_FDCWD, lock_in(dir, 1).c_str(), times, 0);
}

LockHolder elsewhere() {
  LockHolder h = LockHolder::self();
  h.host = "node17";
  h.boot_id = "another";
  h.job = "123";
  return h;
}

std::string refusal(const test::TempDir& dir, const LockRequest& request = {}) {
  try {
    OutputLock::acquire(dir.path(), request);
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.key, "output_dir");
    return e.what();
  }
  return "";
}

/// Runs `work` in a child process and returns its exit status.
template <class Work>
pid_t start(Work work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  return pid;
}
int status_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST(OutputLock, a_second_job_is_refused_and_told_who_holds_it) {
  test::TempDir dir;
  const OutputLock lock = OutputLock::acquire(dir.path(), {.job = "42"});

  const std::string message = refusal(dir);

  EXPECT_NE(message.find("process " + std::to_string(::getpid())), std::string::npos) << message;
  EXPECT_NE(message.find("job 42"), std::string::npos) << message;
}

TEST(OutputLock, is_free_after_its_end) {
  test::TempDir dir;
  { const OutputLock lock = OutputLock::acquire(dir.path(), {}); }

  const OutputLock again = OutputLock::acquire(dir.path(), {});

  EXPECT_FALSE(again.taken_over_from());
  EXPECT_NE(refusal(dir), "");
}

TEST(OutputLock, one_file_is_left_of_any_number_of_holders) {
  test::TempDir dir;
  for (int holder = 0; holder < 3; ++holder) OutputLock::acquire(dir.path(), {});

  const OutputLock lock = OutputLock::acquire(dir.path(), {});

  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(dir.path()))
    names.push_back(file.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{lock_in(dir, 4).filename()});
}

TEST(OutputLock, a_moved_lock_is_held_once) {
  test::TempDir dir;
  OutputLock first = OutputLock::acquire(dir.path(), {});

  const OutputLock second = std::move(first);

  EXPECT_NE(refusal(dir), "");
}

TEST(OutputLock, of_a_killed_process_of_this_host_is_taken_over_at_once) {
  test::TempDir dir;
  const pid_t child = start([&] {
    const OutputLock lock = OutputLock::acquire(dir.path(), {});
    ::raise(SIGKILL);
    return 0;
  });
  status_of(child);

  const OutputLock lock = OutputLock::acquire(dir.path(), {});

  ASSERT_TRUE(lock.taken_over_from());
  EXPECT_NE(lock.taken_over_from()->find("process " + std::to_string(child)), std::string::npos);
}

TEST(OutputLock, of_a_killed_process_whose_status_nobody_collects_is_taken_over_at_once) {
  test::TempDir dir;
  const pid_t child = start([&] {
    const OutputLock lock = OutputLock::acquire(dir.path(), {});
    ::raise(SIGKILL);
    return 0;
  });
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);

  EXPECT_TRUE(OutputLock::acquire(dir.path(), {}).taken_over_from());

  status_of(child);
}

TEST(OutputLock, of_a_process_number_that_was_given_to_another_is_taken_over) {
  test::TempDir dir;
  LockHolder holder = LockHolder::self();  // this process lives, but did not start then
  holder.start_time -= 1;
  leave_lock(dir, holder, std::chrono::seconds(0));

  EXPECT_EQ(refusal(dir), "");
}

TEST(OutputLock, of_another_host_is_respected_until_it_was_silent_for_too_long) {
  test::TempDir dir;
  leave_lock(dir, elsewhere(), kLimit - std::chrono::seconds(100));
  const std::string in_time = refusal(dir);
  leave_lock(dir, elsewhere(), kLimit + std::chrono::seconds(100));
  const std::string too_late = refusal(dir);

  EXPECT_NE(in_time.find("node17"), std::string::npos) << in_time;
  EXPECT_EQ(too_late, "");
}

TEST(OutputLock, of_this_host_before_its_last_boot_is_taken_over_at_once) {
  test::TempDir dir;
  timespec uptime{};
  ASSERT_EQ(::clock_gettime(CLOCK_BOOTTIME, &uptime), 0);
  const std::chrono::seconds up(uptime.tv_sec), patient = up + std::chrono::hours(1);
  LockHolder before = LockHolder::self(), elsewhere_before = elsewhere();
  before.boot_id = "an earlier one";
  const LockRequest request{.silence_limit = patient};

  // Touched since this boot: by another machine of this name.
  leave_lock(dir, before, up / 2);
  const std::string since = refusal(dir, request);
  leave_lock(dir, elsewhere_before, up + std::chrono::minutes(1));
  const std::string of_another = refusal(dir, request);
  leave_lock(dir, before, up + std::chrono::minutes(1));
  const OutputLock lock = OutputLock::acquire(dir.path(), request);

  EXPECT_NE(since.find("is in use"), std::string::npos) << since;
  EXPECT_NE(of_another.find("node17"), std::string::npos) << of_another;
  EXPECT_TRUE(lock.taken_over_from());
}

TEST(OutputLock, of_an_earlier_start_of_the_same_batch_job_is_taken_over_at_once) {
  test::TempDir dir;
  leave_lock(dir, elsewhere(), std::chrono::seconds(0));
  const std::string same_start = refusal(dir, {.job = "123", .restart = 0});
  const std::string requeued = refusal(dir, {.job = "123", .restart = 1});

  EXPECT_NE(same_start, "");
  EXPECT_EQ(requeued, "");
}

TEST(OutputLock, touch_shows_life_and_notices_a_take_over) {
  test::TempDir dir;
  const OutputLock lock = OutputLock::acquire(dir.path(), {});
  leave_lock(dir, elsewhere(), kLimit);  // replaces the file, as a take-over does

  EXPECT_THROW(lock.touch(), IoError);
}

TEST(OutputLock, touch_renews_the_time_of_the_file) {
  test::TempDir dir;
  const OutputLock lock = OutputLock::acquire(dir.path(), {});
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  ::utimensat(AT_FDCWD, lock_in(dir, 1).c_str(), old, 0);

  lock.touch();

  struct stat s {};
  ::stat(lock_in(dir, 1).c_str(), &s);
  EXPECT_GT(s.st_mtim.tv_sec, 1000);
}

TEST(OutputLock, one_of_many_starters_at_the_same_instant_wins) {
  constexpr int kStarters = 8, kRounds = 25;
  for (int round = 0; round < kRounds; ++round) {
    test::TempDir dir;
    if (round % 2) {  // a stale one lies there: all judge it gone at once
      LockHolder gone = LockHolder::self();
      gone.start_time -= 1;
      leave_lock(dir, gone, std::chrono::seconds(0));
    }
    int gate[2], done[2];
    ASSERT_EQ(::pipe(gate) + ::pipe(done), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < kStarters; ++i)
      children.push_back(start([&] {
        char c;
        ::close(gate[1]);
        ::close(done[1]);
        if (::read(gate[0], &c, 1) < 0) return 2;  // returns at once for all when the parent closes its end
        try {
          const OutputLock lock = OutputLock::acquire(dir.path(), {});
          if (::read(done[0], &c, 1) < 0) return 2;  // holds it until all have tried
          return 0;
        } catch (const ConfigError&) {
          return 1;
        } catch (...) {
          return 2;
        }
      }));
    ::close(gate[0]);
    ::close(done[0]);
    ::close(gate[1]);

    // Losers end by themselves; the winner waits for the end of `done`.
    std::vector<int> statuses;
    while (statuses.size() + 1 < children.size()) {
      int status = 0;
      ASSERT_GT(::wait(&status), 0);
      statuses.push_back(WEXITSTATUS(status));
    }
    ::close(done[1]);
    int status = 0;
    ASSERT_GT(::wait(&status), 0);
    statuses.push_back(WEXITSTATUS(status));

    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 0), 1);
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 1), kStarters - 1);
  }
}

TEST(OutputLock, a_missing_directory_is_a_configuration_error) {
  test::TempDir dir;

  EXPECT_THROW(OutputLock::acquire(dir / "absent", {}), ConfigError);
}

TEST(OutputLock, a_file_that_is_no_lock_is_named) {
  test::TempDir dir;
  write_file_atomically(lock_in(dir, 3), "hello");

  try {
    OutputLock::acquire(dir.path(), {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("lock-3"), std::string::npos) << e.what();
  }
}

}  // namespace fullshard::checkpoint
