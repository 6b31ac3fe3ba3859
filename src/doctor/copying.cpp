#include "doctor/copying.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "doctor/words.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

constexpr size_t kBuffer = size_t{32} << 20;
constexpr double kSeconds = 0.15;
constexpr double kSlow = 2;

}  // namespace

std::vector<double> probe_copying(const mpi::Communicator& world) {
  std::vector<std::byte> from(kBuffer, std::byte{1}), to(kBuffer, std::byte{2});
  world.barrier();
  const Stopwatch clock;
  int64_t copied = 0;
  do {
    std::memcpy(to.data(), from.data(), kBuffer);
    from.swap(to);  // the next copy depends on this one, so none is left out
    copied += static_cast<int64_t>(kBuffer);
  } while (clock.seconds() < kSeconds);
  return world.all_gather(static_cast<double>(copied) / clock.seconds());
}

Finding judge_copying(std::span<const RankFacts> all, std::span<const double> bytes_per_second) {
  Finding f{.check = "copying"};
  std::vector<double> nodes;
  std::vector<std::string> hosts;
  for (const std::vector<int>& ranks : ranks_by_node(all)) {
    double sum = 0;
    for (const int r : ranks) sum += bytes_per_second[static_cast<size_t>(r)];
    nodes.push_back(sum);
    hosts.push_back(all[static_cast<size_t>(ranks.front())].host);
  }
  std::vector<double> sorted = nodes;
  std::ranges::sort(sorted);
  const double median = sorted[sorted.size() / 2];
  f.text = nodes.size() == 1 ? fmt::format("{} of memory copied by the ranks together", rate(median))
                             : fmt::format("{} to {} of memory copied on a node", rate(sorted.front()),
                                           rate(sorted.back()));
  if (kSlow * sorted.front() >= median) return f;
  const auto slowest = static_cast<size_t>(std::ranges::min_element(nodes) - nodes.begin());
  f.verdict = Verdict::Warn;
  f.text = fmt::format("{} copies {} of memory, expected at least half of the median {}", hosts[slowest],
                       rate(nodes[slowest]), rate(median));
  f.remedy = fmt::format("see what else runs on {}, and whether its cores are throttled or its ranks fewer",
                         hosts[slowest]);
  return f;
}

}  // namespace fullshard::doctor
