#pragma once
// Ranks in words and by what they have in common: every check names its culprits so.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"

namespace fullshard::doctor {

/// Those of which `holds` is true, in ascending order.
std::vector<int> ranks_that(std::span<const RankFacts> all,
                            const std::function<bool(const RankFacts&)>& holds);

/// "rank 3 on n2", "ranks 0-3 on n1, 4-7 on n2 and 56 more"; `ranks` in ascending order.
std::string who(std::span<const RankFacts> all, std::span<const int> ranks);

/// Ranks with one value.
struct Group {
  std::string value;
  std::vector<int> ranks;
};
/// The most common value first; of equally common ones that of the lowest rank.
std::vector<Group> groups(std::span<const RankFacts> all,
                          const std::function<std::string(const RankFacts&)>& value);

/// Ranks of each node, in order of their node.
std::vector<std::vector<int>> ranks_by_node(std::span<const RankFacts> all);

/// "4 ranks", "1 rank"
std::string counted(int64_t n, std::string_view noun);

/// "1.25 GiB/s"
std::string rate(double bytes_per_second);
/// "12 us", "3.4 ms", "2.0 s"; seconds without a sign.
std::string brief(double seconds);

/// The parts between separators; none of an empty text.
std::vector<std::string> parts(std::string_view text, char separator);

}  // namespace fullshard::doctor
