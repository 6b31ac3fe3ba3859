#include "doctor/links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "doctor/words.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

constexpr double kSlow = 2, kUseless = 5;  // times slower than the median: a warning, no start
constexpr double kLateBy = 0.001;          // seconds: what a busy node adds to a ping is less
constexpr size_t kShown = 4;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// What a node reaches with its best partner: a healthy one shows what it can, a sick one cannot anywhere.
struct Reach {
  std::vector<double> sends, hears, latency;
};

Reach reach_of(size_t nodes, std::span<const Link> links) {
  Reach r{std::vector<double>(nodes, 0), std::vector<double>(nodes, 0), std::vector<double>(nodes, 1e9)};
  for (const Link& l : links) {
    const auto from = static_cast<size_t>(l.from), to = static_cast<size_t>(l.to);
    r.sends[from] = std::max(r.sends[from], l.bytes_per_second);
    r.hears[to] = std::max(r.hears[to], l.bytes_per_second);
    r.latency[from] = std::min(r.latency[from], l.latency_seconds);
    r.latency[to] = std::min(r.latency[to], l.latency_seconds);
  }
  return r;
}

/// Culprits in words, with how many times slower the worst is.
struct Slow {
  std::vector<std::string> culprits;
  double worst = 1;

  void add(double times, const std::string& text) {
    culprits.push_back(text);
    worst = std::max(worst, times);
  }
};

Slow slow_nodes(std::span<const std::string> hosts, const Reach& reach, double usual) {
  Slow slow;
  for (size_t n = 0; n < hosts.size(); ++n) {
    const double sends = usual / std::max(reach.sends[n], 1.0), hears = usual / std::max(reach.hears[n], 1.0);
    if (sends <= kSlow && hears <= kSlow) continue;
    const std::string verb = sends > kSlow && hears > kSlow ? "sends and receives"
                             : sends > kSlow                ? "sends"
                                                            : "receives";
    slow.add(std::max(sends, hears),
             fmt::format("{} {} at {} at best", hosts[n], verb, rate(usual / std::max(sends, hears))));
  }
  return slow;
}

// Of nodes that are well by themselves.
Slow slow_pairs(std::span<const std::string> hosts, std::span<const Link> links, const Reach& reach,
                double usual) {
  Slow slow;
  for (const Link& l : links) {
    const auto from = static_cast<size_t>(l.from), to = static_cast<size_t>(l.to);
    const double times = usual / std::max(l.bytes_per_second, 1.0);
    if (times <= kSlow || usual > kSlow * reach.sends[from] || usual > kSlow * reach.hears[to]) continue;
    slow.add(times, fmt::format("{} to {} at {}", hosts[from], hosts[to], rate(l.bytes_per_second)));
  }
  return slow;
}

std::string listed(const std::vector<std::string>& culprits) {
  std::string out;
  for (size_t i = 0; i < std::min(culprits.size(), kShown); ++i) out += (i ? ", " : "") + culprits[i];
  return culprits.size() > kShown ? out + fmt::format(" and {} more", culprits.size() - kShown) : out;
}

}  // namespace

std::vector<std::vector<std::pair<int, int>>> tournament(int nodes, int most_rounds) {
  // One stays, the others move around it by one place each round; an odd one out meets nobody.
  const int seats = nodes + nodes % 2, all_rounds = seats - 1;
  const int rounds = std::min(all_rounds, most_rounds);
  std::vector<std::vector<std::pair<int, int>>> out;
  for (int i = 0; i < rounds; ++i) {
    const int round = static_cast<int>(int64_t{i} * all_rounds / rounds);
    auto& pairs = out.emplace_back();
    for (int k = 0; k < seats / 2; ++k) {
      const int a = k == 0 ? seats - 1 : (round + k) % all_rounds;
      const int b = (round + all_rounds - k) % all_rounds;
      if (a < nodes && b < nodes) pairs.emplace_back(std::min(a, b), std::max(a, b));
    }
  }
  return out;
}

std::vector<Link> best_of(std::span<const Link> a, std::span<const Link> b) {
  std::map<std::pair<int, int>, Link> best;
  for (const auto& list : {a, b}) {
    for (const Link& l : list) {
      Link& kept = best.try_emplace({l.from, l.to}, l).first->second;
      kept.bytes_per_second = std::max(kept.bytes_per_second, l.bytes_per_second);
      kept.latency_seconds = std::min(kept.latency_seconds, l.latency_seconds);
    }
  }
  std::vector<Link> out;
  for (const auto& [ends, link] : best) out.push_back(link);
  return out;
}

Finding judge_links(std::span<const std::string> hosts, std::span<const Link> links) {
  Finding f{.check = "links", .text = "one node: none"};
  if (links.empty()) return f;
  const Reach reach = reach_of(hosts.size(), links);
  // The median of what nodes can do, not of all links: one bad node of three spoils most of the links.
  std::vector<double> speeds = reach.sends;
  speeds.insert(speeds.end(), reach.hears.begin(), reach.hears.end());
  const double usual = median(speeds), ping = median(reach.latency);
  const auto slowest = std::ranges::min(links, {}, &Link::bytes_per_second);
  f.text = fmt::format("{} directions between {}: median {}, slowest {} ({} to {}), {}", links.size(),
                       counted(static_cast<int64_t>(hosts.size()), "node"), rate(usual),
                       rate(slowest.bytes_per_second), hosts[static_cast<size_t>(slowest.from)],
                       hosts[static_cast<size_t>(slowest.to)], brief(ping));
  Slow slow = slow_nodes(hosts, reach, usual);
  const Slow pairs = slow_pairs(hosts, links, reach, usual);
  slow.culprits.insert(slow.culprits.end(), pairs.culprits.begin(), pairs.culprits.end());
  slow.worst = std::max(slow.worst, pairs.worst);
  const size_t late = static_cast<size_t>(std::ranges::max_element(reach.latency) - reach.latency.begin());
  if (!slow.culprits.empty()) {
    f.verdict = slow.worst > kUseless ? Verdict::Fail : Verdict::Warn;
    f.text =
        fmt::format("expected at least half of the median {}, found {}", rate(usual), listed(slow.culprits));
    f.remedy =
        "see the port, the cable and the routes of what is named (ethtool, ibstat), or leave it out "
        "(sbatch --exclude=…)";
  } else if (reach.latency[late] > kSlow * ping + kLateBy) {
    f.verdict = Verdict::Warn;
    f.text = fmt::format("{} answers after {} at best, the median is {}", hosts[late],
                         brief(reach.latency[late]), brief(ping));
    f.remedy = "see what else runs there, and over which interface MPI reaches it";
  }
  return f;
}

}  // namespace fullshard::doctor
