#include "doctor/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "doctor/words.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

constexpr int64_t kLittleRoom = int64_t{1} << 30;
constexpr double kSlowNode = 5;  // disks swing by themselves: less says nothing

using Holds = std::function<bool(const DirectoryFacts&)>;

std::vector<int> ranks_that(std::span<const DirectoryFacts> found, const Holds& holds) {
  std::vector<int> ranks;
  for (size_t r = 0; r < found.size(); ++r)
    if (holds(found[r])) ranks.push_back(static_cast<int>(r));
  return ranks;
}

const DirectoryFacts& first_of(const std::vector<int>& ranks, std::span<const DirectoryFacts> found) {
  return found[static_cast<size_t>(ranks.front())];
}

Finding failed(Finding f, const std::string& text, const char* remedy) {
  f.verdict = Verdict::Fail;
  f.text = text;
  f.remedy = remedy;
  return f;
}

// Ranks whose directory is one, the largest group first. Who could not even write is alone.
std::vector<Group> companies(std::span<const RankFacts> all, std::span<const DirectoryFacts> found) {
  return groups(all, [&](const RankFacts& r) {
    const int64_t lowest = found[static_cast<size_t>(r.rank)].lowest_seen;
    return lowest < 0 ? fmt::format("none of rank {}", r.rank) : fmt::format("{}", lowest);
  });
}

Finding foreign_directory(const Finding& f, std::span<const RankFacts> all,
                          std::span<const DirectoryFacts> found, const std::string& directory) {
  const char* remedy = "mount the shared file system there, or take an output_dir that all nodes share";
  const std::vector<int> usual = companies(all, found).front().ranks;
  // Who reads rank 0's file has its directory, whatever else is wrong.
  const auto foreign = ranks_that(found, [](const DirectoryFacts& d) { return !d.reading_problem.empty(); });
  if (usual.front() == 0)
    return failed(f,
                  fmt::format("what rank 0 on {} wrote in {} ({}) is not seen by {}: {} ({})",
                              all.front().host, directory, found.front().file_system, who(all, foreign),
                              first_of(foreign, found).reading_problem, first_of(foreign, found).file_system),
                  remedy);
  std::vector<int> lost;
  for (const RankFacts& r : all)
    if (!std::ranges::binary_search(usual, r.rank)) lost.push_back(r.rank);
  return failed(
      f,
      fmt::format("what {} wrote in {} ({}) is not seen by {} ({})", who(all, usual), directory,
                  first_of(usual, found).file_system, who(all, lost), first_of(lost, found).file_system),
      remedy);
}

}  // namespace

Finding judge_directory(std::span<const RankFacts> all, std::span<const DirectoryFacts> found,
                        const std::string& directory) {
  Finding f{.check = "directory", .code = ExitCode::Usage};
  const auto unwritable =
      ranks_that(found, [](const DirectoryFacts& d) { return !d.writing_problem.empty(); });
  const bool one = std::ranges::all_of(found, &std::string::empty, &DirectoryFacts::reading_problem);
  if (!one && found.front().writing_problem.empty()) return foreign_directory(f, all, found, directory);
  if (!unwritable.empty())
    return failed(f,
                  fmt::format("{} cannot write in {}: {}", who(all, unwritable), directory,
                              first_of(unwritable, found).writing_problem),
                  "take an output_dir that all ranks may write to (output_dir, or --dir here)");
  const auto unseen = ranks_that(found, [](const DirectoryFacts& d) { return d.seen_by_rank_0 == 0; });
  if (!unseen.empty())
    return failed(f,
                  fmt::format("what {} wrote in {} is not seen by rank 0 on {}", who(all, unseen), directory,
                              all.front().host),
                  "mount the shared file system for writing on all nodes, or take another output_dir");
  const double slowest = std::ranges::max(found, {}, &DirectoryFacts::seconds).seconds;
  f.text = fmt::format("{} is one directory for all ranks ({}; a new file is seen after {})", directory,
                       found.front().file_system, brief(slowest));
  return f;
}

Finding judge_storage(std::span<const RankFacts> all, std::span<const DirectoryFacts> found) {
  Finding f{.check = "storage", .code = ExitCode::Io};
  const auto broken = ranks_that(found, [](const DirectoryFacts& d) { return !d.probe_problem.empty(); });
  if (!broken.empty()) {
    const DirectoryFacts& d = first_of(broken, found);
    return failed(f,
                  fmt::format("{} could not write {}: {}", who(all, broken), human(Bytes{d.probe_bytes}),
                              d.probe_problem),
                  d.full
                      ? "remove files, ask for quota, or take another output_dir"
                      : "see whether the file system is healthy (dmesg there), or take another output_dir");
  }
  std::vector<double> rates;
  double together = 0;
  size_t slowest = found.size();
  for (size_t r = 0; r < found.size(); ++r) {
    if (found[r].probe_seconds <= 0) continue;
    const double speed = static_cast<double>(found[r].probe_bytes) / found[r].probe_seconds;
    if (rates.empty() || speed < *std::ranges::min_element(rates)) slowest = r;
    rates.push_back(speed);
    together += speed;
  }
  const int64_t room = found.front().free_bytes;
  f.text = fmt::format("{} free, {} written together by {}", human(Bytes{room}), rate(together),
                       counted(static_cast<int64_t>(rates.size()), "node"));
  std::ranges::sort(rates);
  if (room != kUnlimited && room < kLittleRoom) {
    f.verdict = Verdict::Warn;
    f.remedy = "a checkpoint in fp32 takes 12 bytes for each parameter: see that it fits";
  } else if (rates.size() > 1 && kSlowNode * rates.front() < rates[rates.size() / 2]) {
    f.verdict = Verdict::Warn;
    f.text += fmt::format("; {} alone writes {} where the median is {}", all[slowest].host,
                          rate(rates.front()), rate(rates[rates.size() / 2]));
    f.remedy = "see how the file system is mounted there";
  }
  return f;
}

}  // namespace fullshard::doctor
