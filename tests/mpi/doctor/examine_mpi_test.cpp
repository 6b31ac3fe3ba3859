#include "fullshard/doctor/examine.hpp"

#include <filesystem>

#include "doctor/directory.hpp"
#include "doctor/inputs.hpp"
#include "doctor/links.hpp"
#include "fullshard/core/clock.hpp"
#include "support/together.hpp"

namespace fullshard::doctor {

using test::judge_all_ranks;
using test::SharedTempDir;
using test::world;

namespace {

const Progress kQuiet = [](const char*, Activity) {};

size_t entries(const std::filesystem::path& directory) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

}  // namespace

TEST(Examine, a_healthy_machine_passes_in_ten_seconds_and_nothing_is_left_behind) {
  const SharedTempDir dir;
  const Stopwatch clock;

  const Diagnosis d = examine(world(), {.versions = "all;the same", .directory = dir.path()});

  judge_all_ranks([&] {
    for (const Finding& f : d.findings)
      if (f.verdict == Verdict::Fail) ADD_FAILURE() << f.check << ": " << f.text;
    return d.count(Verdict::Fail) == 0 && clock.seconds() < 10 && entries(dir.path()) == 0;
  });
  if (world().rank() == 0) {
    EXPECT_EQ(d.findings.size(), 14u);
  }
}

TEST(Examine, other_versions_on_one_rank_fail) {
  const SharedTempDir dir;
  const int odd = world().size() - 1;

  const Diagnosis d =
      examine(world(), {.versions = world().rank() == odd ? "HDF5 9" : "HDF5 1", .directory = dir.path()});

  const ExitCode expected = world().size() > 1 ? ExitCode::Communication : ExitCode::Done;
  judge_all_ranks([&] { return world().rank() > 0 || d.exit_code() == expected; });
}

TEST(ProbeDirectory, every_rank_meets_every_others_file) {
  const SharedTempDir dir;

  const auto found = probe_directory(world(), world().split_shared(), dir.path(), kQuiet);

  judge_all_ranks([&] {
    for (const DirectoryFacts& f : found)
      if (!f.writing_problem.empty() || !f.reading_problem.empty()) return false;
    return found.size() == static_cast<size_t>(world().size()) && found.front().probe_bytes > 0;
  });
  if (world().rank() == 0) {
    for (const DirectoryFacts& f : found) EXPECT_EQ(f.seen_by_rank_0, 1);
  }
}

TEST(ProbeDirectory, a_rank_with_a_directory_of_its_own_is_found_from_both_sides) {
  const SharedTempDir dir;
  const test::TempDir own;
  const bool lost = world().rank() > 0 && world().rank() == world().size() - 1;

  const auto found = probe_directory(world(), world().split_shared(), lost ? own.path() : dir.path(), kQuiet,
                                     {.patience_seconds = 0.1});

  judge_all_ranks([&] {
    for (size_t r = 0; r < found.size(); ++r) {
      const bool foreign = r > 0 && r + 1 == found.size();
      if (found[r].reading_problem.empty() == foreign) return false;
      if (found[r].lowest_seen != static_cast<int64_t>(foreign ? r : 0)) return false;
      if (world().rank() == 0 && found[r].seen_by_rank_0 != !foreign) return false;
    }
    return true;
  });
}

TEST(ProbeDirectory, both_sides_wait_at_once) {
  const SharedTempDir dir;
  const test::TempDir own;
  const bool lost = world().rank() > 0 && world().rank() == world().size() - 1;
  const Stopwatch clock;

  probe_directory(world(), world().split_shared(), lost ? own.path() : dir.path(), kQuiet,
                  {.patience_seconds = 3, .writing_seconds = 0});

  judge_all_ranks([&] { return clock.seconds() < 6; });  // twice the patience
}

TEST(ProbeDirectory, a_directory_that_nobody_can_write_to_is_no_wait) {
  const Stopwatch clock;

  const auto found =
      probe_directory(world(), world().split_shared(), "/proc", kQuiet, {.patience_seconds = 60});

  judge_all_ranks([&] { return !found.front().writing_problem.empty() && clock.seconds() < 10; });
}

TEST(ProbeInputs, says_which_of_rank_0s_paths_a_rank_cannot_read) {
  std::vector<std::filesystem::path> paths;
  if (world().rank() == 0) paths = {"/proc/self", "/nonexistent/data.jsonl", "/nonexistent/more"};

  const auto problems = probe_inputs(world(), paths, kQuiet);

  judge_all_ranks([&] {
    for (const std::string& p : problems)
      if (!p.starts_with("/nonexistent/data.jsonl: No such file")) return false;
    return problems.size() == static_cast<size_t>(world().size());
  });
}

TEST(ProbeLinks, all_ranks_know_both_directions_of_all_pairs) {
  const auto links = probe_links(world());  // each rank as if it were a node

  const auto n = static_cast<size_t>(world().size());
  judge_all_ranks([&] {
    for (const Link& l : links)
      if (l.from == l.to || l.bytes_per_second <= 0 || l.latency_seconds <= 0) return false;
    return links.size() == n * (n - 1);
  });
}

}  // namespace fullshard::doctor
