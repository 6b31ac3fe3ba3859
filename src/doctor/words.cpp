#include "doctor/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "fullshard/core/sizes.hpp"

namespace fullshard::doctor {

namespace {

constexpr size_t kNamedHosts = 4;

// "0-3,8"
std::string ranges(std::span<const int> sorted) {
  std::string out;
  for (size_t i = 0; i < sorted.size();) {
    size_t end = i + 1;
    while (end < sorted.size() && sorted[end] == sorted[end - 1] + 1) ++end;
    out += out.empty() ? "" : ",";
    out += end - i == 1 ? std::to_string(sorted[i]) : fmt::format("{}-{}", sorted[i], sorted[end - 1]);
    i = end;
  }
  return out;
}

}  // namespace

std::vector<int> ranks_that(std::span<const RankFacts> all,
                            const std::function<bool(const RankFacts&)>& holds) {
  std::vector<int> ranks;
  for (size_t r = 0; r < all.size(); ++r)
    if (holds(all[r])) ranks.push_back(static_cast<int>(r));
  return ranks;
}

std::string who(std::span<const RankFacts> all, std::span<const int> ranks) {
  std::vector<std::pair<std::string, std::vector<int>>> by_host;
  for (const int rank : ranks) {
    const std::string& host = all[static_cast<size_t>(rank)].host;
    auto at = std::ranges::find(by_host, host, &std::pair<std::string, std::vector<int>>::first);
    if (at == by_host.end()) at = by_host.insert(at, {host, {}});
    at->second.push_back(rank);
  }
  std::string out = ranks.size() == 1 ? "rank" : "ranks";
  size_t named = 0;
  for (size_t h = 0; h < std::min(by_host.size(), kNamedHosts); ++h) {
    out += fmt::format("{}{} on {}", h == 0 ? " " : ", ", ranges(by_host[h].second), by_host[h].first);
    named += by_host[h].second.size();
  }
  if (named < ranks.size()) out += fmt::format(" and {} more", ranks.size() - named);
  return out;
}

std::vector<Group> groups(std::span<const RankFacts> all,
                          const std::function<std::string(const RankFacts&)>& value) {
  std::vector<Group> found;
  std::map<std::string, size_t> place;
  for (size_t r = 0; r < all.size(); ++r) {
    const auto [at, is_new] = place.emplace(value(all[r]), found.size());
    if (is_new) found.push_back({at->first, {}});
    found[at->second].ranks.push_back(static_cast<int>(r));
  }
  std::ranges::stable_sort(found, std::greater{}, [](const Group& g) { return g.ranks.size(); });
  return found;
}

std::vector<std::vector<int>> ranks_by_node(std::span<const RankFacts> all) {
  std::map<int, std::vector<int>> by_node;
  for (size_t r = 0; r < all.size(); ++r) by_node[all[r].node].push_back(static_cast<int>(r));
  std::vector<std::vector<int>> out;
  for (auto& [node, ranks] : by_node) out.push_back(std::move(ranks));
  return out;
}

std::string counted(int64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string rate(double bytes_per_second) {
  return human(Bytes{static_cast<int64_t>(bytes_per_second)}) + "/s";
}

std::string brief(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.0f} us", 1e6 * seconds);
  return seconds < 1 ? fmt::format("{:.1f} ms", 1e3 * seconds) : fmt::format("{:.1f} s", seconds);
}

std::vector<std::string> parts(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace fullshard::doctor
