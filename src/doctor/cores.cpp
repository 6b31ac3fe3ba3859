#include "doctor/cores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>

#include "doctor/words.hpp"

namespace fullshard::doctor {

namespace {

constexpr int kMostCores = 1 << 16;

int number(std::string_view text, int otherwise) {
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What the ranks of one node have together.
struct NodeCores {
  std::string host;
  int ranks = 0, cores = 0, threads = 0, online = 0;
  std::vector<int> over;  ///< ranks with more threads than cores
};

// Threads as the program chooses them: all cores where the launcher gave each rank its own, else a fair part.
int threads_of(const RankFacts& f, int cores, int ranks_on_node) {
  if (f.wanted_threads > 0) return f.wanted_threads;
  const bool bound = cores < f.online_cores || ranks_on_node == 1;
  return bound ? cores : std::max(1, cores / ranks_on_node);
}

NodeCores node_cores(std::span<const RankFacts> all, std::span<const int> ranks) {
  NodeCores node{.host = all[static_cast<size_t>(ranks.front())].host,
                 .ranks = static_cast<int>(ranks.size())};
  std::set<int> together;
  for (const int rank : ranks) {
    const RankFacts& f = all[static_cast<size_t>(rank)];
    const std::vector<int> own = parse_cores(f.cores);
    const int cores = static_cast<int>(own.size());
    const int threads = threads_of(f, cores, node.ranks);
    if (threads > cores && cores > 0) node.over.push_back(rank);
    together.insert(own.begin(), own.end());
    node.threads += threads;
    node.online = std::max(node.online, f.online_cores);
  }
  node.cores = static_cast<int>(together.size());
  return node;
}

/// Leaves `f` as it is where the node's cores are well used.
void add_problem(Finding& f, const NodeCores& node, std::span<const RankFacts> all) {
  if (!node.over.empty()) {
    f.text = fmt::format("{} would run more threads than the cores that it may use", who(all, node.over));
    f.remedy =
        "set OMP_NUM_THREADS to the cores of a rank, or give more: srun --cpus-per-task=C, "
        "mpirun --map-by slot:PE=C";
  } else if (node.threads > node.cores) {
    f.text = fmt::format("{} of {} share {} with {}", counted(node.ranks, "rank"), node.host,
                         counted(node.cores, "core"), counted(node.threads, "thread"));
    f.remedy = fmt::format("start at most {} on a node, or OMP_NUM_THREADS=1", counted(node.cores, "rank"));
  } else if (2 * node.threads <= node.online && 2 * node.cores <= node.online) {
    f.text = fmt::format("{} use {} of {}'s {}", counted(node.ranks, "rank"), counted(node.cores, "core"),
                         node.host, node.online);
    f.remedy =
        "ask for the others, too: srun --cpus-per-task=C (it does not inherit sbatch's), mpirun "
        "--map-by slot:PE=C or --bind-to none";
  } else {
    return;
  }
  f.verdict = Verdict::Warn;
}

}  // namespace

std::vector<int> parse_cores(std::string_view set) {
  std::set<int> cores;
  for (const std::string& range : parts(set, ',')) {
    const size_t dash = range.find('-');
    const int first = number(range, -1);
    const int last = dash == std::string::npos ? first : number(std::string_view(range).substr(dash + 1), -1);
    for (int c = first; c >= 0 && c <= std::min(last, kMostCores); ++c) cores.insert(c);
  }
  return {cores.begin(), cores.end()};
}

Finding judge_cores(std::span<const RankFacts> all) {
  Finding f{.check = "cores"};
  int fewest = kMostCores, most = 0;
  for (const std::vector<int>& ranks : ranks_by_node(all)) {
    const NodeCores node = node_cores(all, ranks);
    fewest = std::min(fewest, node.threads / node.ranks);
    most = std::max(most, node.threads / node.ranks);
    if (f.verdict == Verdict::Ok && node.cores > 0) add_problem(f, node, all);
  }
  if (f.verdict == Verdict::Ok)
    f.text =
        fmt::format("{} for each rank, on cores of their own",
                    fewest == most ? counted(most, "thread") : fmt::format("{} to {} threads", fewest, most));
  return f;
}

}  // namespace fullshard::doctor
