// Whatever the instant of a kill: what bears the name of a checkpoint is one.

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "fullshard/checkpoint/catalog.hpp"
#include "sample.hpp"
#include "support/temp_dir.hpp"

namespace fullshard {

namespace {

pid_t start_writer(const std::filesystem::path& dir) {
  std::string program = FULLSHARD_ENDLESS_WRITER, argument = dir.string();
  char* argv[] = {program.data(), argument.data(), nullptr};
  pid_t pid = -1;
  EXPECT_EQ(::posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv, environ), 0);
  return pid;
}

}  // namespace

TEST(KilledWriter, leaves_only_whole_checkpoints_under_their_names) {
  constexpr int kKills = 12;
  test::TempDir dir, mpi_files;
  // A killed process does not clean up: what MPI keeps for it goes away with this test.
  ::setenv("OMPI_MCA_orte_tmpdir_base", mpi_files.path().c_str(), /*overwrite=*/1);
  int whole = 0, partial = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    const pid_t pid = start_writer(dir.path());
    while (checkpoint::list_checkpoints(dir.path()).empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(7 * kill));
    ::kill(pid, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself";

    const auto left = checkpoint::list_checkpoints(dir.path());
    ASSERT_FALSE(left.empty());
    for (const auto& entry : left) {
      const auto reader = checkpoint::CheckpointReader::open(entry.path);
      EXPECT_TRUE(test::Sample(static_cast<uint64_t>(entry.step)).part_equals(reader, 0, 1)) << entry.path;
      ++whole;
    }
    partial += static_cast<int>(checkpoint::remove_partials(dir.path()).size());
    for (const auto& entry : left) std::filesystem::remove_all(entry.path);
  }
  // Otherwise the kills came between the writes and showed nothing.
  EXPECT_GT(partial, 0);
  EXPECT_GE(whole, kKills);
}

}  // namespace fullshard
