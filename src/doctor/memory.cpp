#include "doctor/memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "doctor/cores.hpp"
#include "doctor/words.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kProgramAlone = 256 * kMiB;  // LibTorch, MPI and HDF5 loaded: 119 MiB; buffers of MPI
constexpr int64_t kSharedPerRank = 64 * kMiB;  // MPI's own segments and our buffers of one small unit

struct NodeMemory {
  std::string host;
  int64_t usable = 0, share = 0, ram = 0, limit = kUnlimited, available = 0;
  double core_share = 1;  ///< of the node's cores, what the job may use
};

NodeMemory node_memory(std::span<const RankFacts> all, std::span<const int> ranks) {
  const RankFacts& first = all[static_cast<size_t>(ranks.front())];
  NodeMemory node{.host = first.host, .ram = first.ram, .available = first.available};
  std::vector<int> cores;
  for (const int rank : ranks) {
    const RankFacts& f = all[static_cast<size_t>(rank)];
    if (f.memory_limit != kUnlimited)
      node.limit = node.limit == kUnlimited ? f.memory_limit : std::min(node.limit, f.memory_limit);
    const std::vector<int> own = parse_cores(f.cores);
    cores.insert(cores.end(), own.begin(), own.end());
  }
  std::ranges::sort(cores);
  const auto distinct = std::unique(cores.begin(), cores.end()) - cores.begin();
  if (first.online_cores > 0) node.core_share = static_cast<double>(distinct) / first.online_cores;
  node.usable = node.limit == kUnlimited ? node.ram : std::min(node.limit, node.ram);
  node.share = std::min(node.usable, node.available) / static_cast<int64_t>(ranks.size());
  return node;
}

std::string size(int64_t bytes) {
  return human(Bytes{bytes});
}

std::string limits_text(const NodeMemory& n) {
  return n.limit == kUnlimited || n.limit >= n.ram
             ? fmt::format("{} of RAM, no limit", size(n.ram))
             : fmt::format("limit {} of {} of RAM", size(n.limit), size(n.ram));
}

}  // namespace

Finding judge_memory(std::span<const RankFacts> all) {
  std::vector<NodeMemory> nodes;
  for (const std::vector<int>& ranks : ranks_by_node(all)) nodes.push_back(node_memory(all, ranks));
  const NodeMemory& least = *std::ranges::min_element(nodes, {}, &NodeMemory::share);
  Finding f{.check = "memory", .code = ExitCode::OutOfMemory};
  f.text = fmt::format("{} for each rank ({}: {}, {} available)", size(least.share), least.host,
                       limits_text(least), size(least.available));
  if (least.share < kProgramAlone) {
    f.verdict = Verdict::Fail;
    f.text = fmt::format("expected at least {} for the program alone, found {}", size(kProgramAlone), f.text);
    f.remedy = "ask for more (sbatch --mem=0 is all of a node), or start fewer ranks on a node";
    return f;
  }
  const auto pinched = std::ranges::find_if(nodes, [](const NodeMemory& n) {
    return 2.0 * static_cast<double>(n.usable) < n.core_share * static_cast<double>(n.ram);
  });
  const auto crowded =
      std::ranges::find_if(nodes, [](const NodeMemory& n) { return n.available < n.usable / 2; });
  if (pinched != nodes.end()) {
    f.verdict = Verdict::Warn;
    f.text = fmt::format("{} allows {:.0f} % of its cores and {} of {}; {}", pinched->host,
                         100 * pinched->core_share, size(pinched->usable), size(pinched->ram), f.text);
    f.remedy = "a job that asks for cores alone may get little memory: sbatch --mem=0, or --mem-per-cpu";
  } else if (crowded != nodes.end()) {
    f.verdict = Verdict::Warn;
    f.text = fmt::format("on {} others use {} of {}; {}", crowded->host,
                         size(crowded->ram - crowded->available), size(crowded->ram), f.text);
    f.remedy = fmt::format("see what runs there (ssh {} top), or leave the node out (sbatch --exclude={})",
                           crowded->host, crowded->host);
  }
  return f;
}

Finding judge_shared_memory(std::span<const RankFacts> all) {
  Finding f{.check = "shm", .text = "one rank on each node: not needed"};
  for (const std::vector<int>& ranks : ranks_by_node(all)) {
    const RankFacts& first = all[static_cast<size_t>(ranks.front())];
    if (ranks.size() < 2 || first.shared_memory == kUnlimited) continue;
    const int64_t wanted = kSharedPerRank * static_cast<int64_t>(ranks.size());
    f.text = fmt::format("{} free in /dev/shm of {} for {}", size(first.shared_memory), first.host,
                         counted(static_cast<int64_t>(ranks.size()), "rank"));
    if (first.shared_memory >= wanted) continue;
    f.verdict = Verdict::Warn;
    f.text += fmt::format(", expected at least {}", size(wanted));
    f.remedy =
        "remove what other jobs left there, or give the container more (docker --shm-size, "
        "--ipc=host)";
    break;
  }
  return f;
}

}  // namespace fullshard::doctor
