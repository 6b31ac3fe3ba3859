#include "doctor/limits.hpp"

#include <fmt/format.h>

#include <functional>
#include <vector>

#include "doctor/words.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

using Holds = std::function<bool(const RankFacts&)>;

std::vector<int> ranks_that(std::span<const RankFacts> all, const Holds& holds) {
  std::vector<int> ranks;
  for (size_t r = 0; r < all.size(); ++r)
    if (holds(all[r])) ranks.push_back(static_cast<int>(r));
  return ranks;
}

int64_t value_of(std::span<const RankFacts> all, const std::vector<int>& ranks, int64_t RankFacts::*limit) {
  return all[static_cast<size_t>(ranks.front())].*limit;
}

void add(std::string& list, const std::string& text) {
  list += (list.empty() ? "" : "; ") + text;
}

}  // namespace

Finding judge_limits(std::span<const RankFacts> all) {
  Finding f{.check = "limits"};
  // A connection to each rank, and what the program, its libraries and a checkpoint open.
  const int64_t files = static_cast<int64_t>(all.size()) + 256;
  const auto warn = [&](const std::vector<int>& ranks, const std::string& found, const char* remedy) {
    f.verdict = Verdict::Warn;
    add(f.text, fmt::format("{}: {}", who(all, ranks), found));
    add(f.remedy, remedy);
  };
  const auto few =
      ranks_that(all, [&](const RankFacts& r) { return r.open_files != kUnlimited && r.open_files < files; });
  if (!few.empty())
    warn(few, fmt::format("{} open files, expected {}", value_of(all, few, &RankFacts::open_files), files),
         "ulimit -n 65536 before the launcher (limits.conf, or srun --propagate=NOFILE)");
  const auto locked =
      ranks_that(all, [](const RankFacts& r) { return r.fabrics > 0 && r.locked_memory != kUnlimited; });
  if (!locked.empty())
    warn(locked,
         fmt::format("{} of locked memory, expected no limit where a fabric registers memory",
                     human(Bytes{value_of(all, locked, &RankFacts::locked_memory)})),
         "ulimit -l unlimited (limits.conf, PropagateResourceLimitsExcept=MEMLOCK in slurm.conf)");
  const auto small = ranks_that(all, [](const RankFacts& r) { return r.file_size != kUnlimited; });
  if (!small.empty())
    warn(small,
         fmt::format("files of at most {}, a checkpoint may be larger",
                     human(Bytes{value_of(all, small, &RankFacts::file_size)})),
         "ulimit -f unlimited");
  const auto address = ranks_that(all, [](const RankFacts& r) { return r.address_space != kUnlimited; });
  if (!address.empty())
    warn(address,
         fmt::format("{} of address space, which counts what is only reserved, too",
                     human(Bytes{value_of(all, address, &RankFacts::address_space)})),
         "ulimit -v unlimited; limit memory by control groups");
  if (f.text.empty()) f.text = "open files, locked memory, file size and address space are enough";
  return f;
}

Finding judge_gpus(std::span<const RankFacts> all, std::string_view build) {
  Finding f{.check = "gpu", .text = std::string(build)};
  const std::vector<int> with = ranks_that(all, [](const RankFacts& r) { return r.gpus > 0; });
  if (with.empty()) return f;
  const RankFacts& first = all[static_cast<size_t>(with.front())];
  f.verdict = Verdict::Warn;
  f.text +=
      fmt::format(", and leaves {} ({}) idle at {}", counted(first.gpus, "NVIDIA GPU"),
                  first.driver.empty() ? "no driver is loaded" : "driver " + first.driver, who(all, with));
  f.remedy = "nodes without GPUs do as well for this build";
  return f;
}

}  // namespace fullshard::doctor
