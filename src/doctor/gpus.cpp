#include "doctor/gpus.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "doctor/words.hpp"

namespace fullshard::doctor {

namespace {

std::string driver_of(const RankFacts& f) {
  return f.driver.empty() ? "no driver is loaded" : "driver " + f.driver;
}

Finding without_cuda(std::span<const RankFacts> all) {
  Finding f{.check = "gpu", .text = "this build computes on the host's processors"};
  const std::vector<int> with = ranks_that(all, [](const RankFacts& r) { return r.gpus > 0; });
  if (with.empty()) return f;
  const RankFacts& first = all[static_cast<size_t>(with.front())];
  f.verdict = Verdict::Warn;
  f.text += fmt::format(", and leaves {} ({}) idle at {}", counted(first.gpus, "NVIDIA GPU"),
                        driver_of(first), who(all, with));
  f.remedy = "build with FULLSHARD_CUDA=ON, or take nodes without GPUs";
  return f;
}

Finding none_visible(std::span<const RankFacts> all) {
  Finding f{.check = "gpu", .text = "no rank sees a GPU: the host's processors compute"};
  const std::vector<int> hidden = ranks_that(all, [](const RankFacts& r) { return r.gpus > 0; });
  if (hidden.empty()) return f;
  const RankFacts& first = all[static_cast<size_t>(hidden.front())];
  f.verdict = Verdict::Warn;
  f.text += fmt::format(", though there are {} ({}) at {}", counted(first.gpus, "NVIDIA GPU"),
                        driver_of(first), who(all, hidden));
  f.remedy =
      "ask for them (--gpus-per-node), and see that the driver is not older than the CUDA of this build";
  return f;
}

// A rank takes the GPU of its local rank, or the one that it sees.
Finding bound(std::span<const RankFacts> all) {
  Finding f{.check = "gpu"};
  for (const std::vector<int>& ranks : ranks_by_node(all)) {
    const RankFacts& first = all[static_cast<size_t>(ranks.front())];
    const auto per_node = static_cast<int>(ranks.size());
    const bool one_each =
        std::ranges::all_of(ranks, [&](int r) { return all[static_cast<size_t>(r)].visible_gpus == 1; });
    if (one_each && per_node > 1) {
      f.verdict = Verdict::Warn;
      const bool hides_peers = first.gpus >= per_node;
      f.text = hides_peers ? fmt::format(
                                 "each of the {} ranks on {} sees only its own GPU, which keeps them from "
                                 "copying between GPUs directly",
                                 per_node, first.host)
                           : fmt::format("{} ranks on {} share one GPU", per_node, first.host);
      f.remedy = hides_peers ? "srun with --gpus-per-node alone, without --gpus-per-task or --gpu-bind"
                             : "start as many ranks per node as it has GPUs";
      return f;
    }
    if (first.visible_gpus > 1 && per_node > first.visible_gpus) {
      f.verdict = Verdict::Fail;
      f.text = fmt::format("{} has {} for {}", first.host, counted(first.visible_gpus, "GPU"),
                           counted(per_node, "rank"));
      f.remedy = "start as many ranks per node as it has GPUs, or train on the host: use_cpu: true";
      return f;
    }
  }
  f.text = fmt::format("a GPU for each rank, driver {}", all.front().driver);
  return f;
}

}  // namespace

Finding judge_gpus(std::span<const RankFacts> all) {
  if (std::ranges::all_of(all, [](const RankFacts& r) { return r.cuda == 0; })) return without_cuda(all);
  const std::vector<int> without = ranks_that(all, [](const RankFacts& r) { return r.visible_gpus == 0; });
  if (without.size() == all.size()) return none_visible(all);
  if (!without.empty())
    return {.verdict = Verdict::Fail,
            .check = "gpu",
            .text = "other ranks see GPUs, none is seen by " + who(all, without),
            .remedy = "ask for GPUs on every node (--gpus-per-node), or train on the host: use_cpu: true"};
  const std::vector<Group> drivers = groups(all, [](const RankFacts& r) { return r.driver; });
  if (drivers.size() > 1)
    return {.verdict = Verdict::Warn,
            .check = "gpu",
            .text = fmt::format("expected one driver, found {} at {} and {} at {}", drivers[1].value,
                                who(all, drivers[1].ranks), drivers[0].value, who(all, drivers[0].ranks)),
            .remedy = "leave those nodes out (--exclude), and tell their support"};
  return bound(all);
}

}  // namespace fullshard::doctor
