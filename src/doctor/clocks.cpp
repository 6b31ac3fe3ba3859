#include "doctor/clocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "doctor/words.hpp"

namespace fullshard::doctor {

namespace {

constexpr double kTolerated = 1;  // seconds: file times and log lines in another order

}  // namespace

std::vector<NodeClock> probe_clocks(const mpi::Communicator& leaders, std::span<const std::string> hosts,
                                    const std::function<double()>& clock) {
  std::vector<NodeClock> all(hosts.size());
  for (size_t n = 0; n < hosts.size(); ++n) all[n].host = hosts[n];
  if (leaders.rank() == 0)
    for (int n = 1; n < leaders.size(); ++n)
      all[static_cast<size_t>(n)].ahead = probe_clock(leaders, n, clock);
  else
    probe_clock(leaders, 0, clock);
  return all;
}

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Finding judge_clocks(std::span<const NodeClock> clocks) {
  Finding f{.check = "clocks", .text = "one node, one clock"};
  if (clocks.size() < 2) return f;
  const auto distance = [](const NodeClock& c) { return std::abs(c.ahead.seconds) - c.ahead.uncertainty; };
  const NodeClock& worst = *std::ranges::max_element(clocks, {}, distance);
  const auto widest = std::ranges::max(clocks, {}, [](const NodeClock& c) { return c.ahead.uncertainty; });
  f.text = fmt::format("{}'s clock is {} {} of {}'s (known to {})", worst.host,
                       brief(std::abs(worst.ahead.seconds)), worst.ahead.seconds < 0 ? "behind" : "ahead",
                       clocks.front().host, brief(worst.ahead.uncertainty));
  if (distance(worst) <= kTolerated) {
    f.text = fmt::format("apart by at most {}, measured to {}", brief(std::abs(worst.ahead.seconds)),
                         brief(widest.ahead.uncertainty));
    return f;
  }
  f.verdict = Verdict::Warn;
  f.text += fmt::format(", expected at most {}", brief(kTolerated));
  f.remedy = fmt::format("see that the time service runs on {} (chronyc tracking, timedatectl)", worst.host);
  return f;
}

}  // namespace fullshard::doctor
