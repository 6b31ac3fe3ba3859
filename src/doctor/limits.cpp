#include "doctor/limits.hpp"

#include <fmt/format.h>

#include <functional>
#include <vector>

#include "doctor/words.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

using Holds = std::function<bool(const RankFacts&)>;

/// A limit that matters where it is set and `too_small` holds; `found` tells its value.
struct Limit {
  int64_t RankFacts::*value;
  Holds too_small;
  std::function<std::string(int64_t)> found;
  const char* remedy;
};

std::string size(int64_t bytes) {
  return human(Bytes{bytes});
}

std::vector<Limit> limits_of(size_t ranks) {
  // A connection to each rank, and what the program, its libraries and a checkpoint open.
  const int64_t files = static_cast<int64_t>(ranks) + 256;
  return {{&RankFacts::open_files, [=](const RankFacts& r) { return r.open_files < files; },
           [=](int64_t n) { return fmt::format("{} open files, expected {}", n, files); },
           "ulimit -n 65536 before the launcher (limits.conf, or srun --propagate=NOFILE)"},
          {&RankFacts::locked_memory, [](const RankFacts& r) { return r.fabrics > 0; },
           [](int64_t n) {
             return size(n) + " of locked memory, expected no limit where a fabric registers memory";
           },
           "ulimit -l unlimited (limits.conf, PropagateResourceLimitsExcept=MEMLOCK in slurm.conf)"},
          {&RankFacts::file_size, [](const RankFacts&) { return true; },
           [](int64_t n) { return fmt::format("files of at most {}, a checkpoint may be larger", size(n)); },
           "ulimit -f unlimited"},
          {&RankFacts::address_space, [](const RankFacts&) { return true; },
           [](int64_t n) { return size(n) + " of address space, which counts what is only reserved, too"; },
           "ulimit -v unlimited; limit memory by control groups"}};
}

}  // namespace

Finding judge_limits(std::span<const RankFacts> all) {
  Finding f{.check = "limits"};
  for (const Limit& limit : limits_of(all.size())) {
    const std::vector<int> ranks = ranks_that(
        all, [&](const RankFacts& r) { return r.*limit.value != kUnlimited && limit.too_small(r); });
    if (ranks.empty()) continue;
    f.verdict = Verdict::Warn;
    const int64_t value = all[static_cast<size_t>(ranks.front())].*limit.value;
    f.text += fmt::format("{}{}: {}", f.text.empty() ? "" : "; ", who(all, ranks), limit.found(value));
    f.remedy += (f.remedy.empty() ? "" : "; ") + std::string(limit.remedy);
  }
  if (f.text.empty()) f.text = "open files, locked memory, file size and address space are enough";
  return f;
}

}  // namespace fullshard::doctor
