#include "fullshard/shard/strategy.hpp"

#include <fmt/format.h>

#include "fullshard/core/error.hpp"

namespace fullshard::shard {

namespace {

constexpr Level R = Level::Replica, N = Level::Node, W = Level::World;

struct Named {
  const char* name;
  Level params, gradients, optimizer;
};

constexpr Named kNamed[] = {{"ddp", R, R, R},   {"zero1", R, R, W},  {"zero2", R, W, W},
                            {"zero3", W, W, W}, {"hybrid", N, N, N}, {"hierarchical", N, N, W}};

}  // namespace

Strategy strategy_named(std::string_view name, int inter_zero_stage) {
  if (name == "hierarchical") {
    if (inter_zero_stage < 0 || inter_zero_stage > 3)
      throw ConfigError(
          "sharding.inter_zero_stage",
          fmt::format("sharding.inter_zero_stage: expected 0 to 3, found {}", inter_zero_stage));
    const auto between = [&](int stage) { return inter_zero_stage >= stage ? W : N; };
    return {"hierarchical", between(3), between(2), between(1)};
  }
  for (const Named& s : kNamed)
    if (name == s.name) return {s.name, s.params, s.gradients, s.optimizer};
  throw ConfigError(
      "sharding.strategy",
      fmt::format("sharding.strategy: expected ddp, zero1, zero2, zero3, hybrid or hierarchical, "
                  "found '{}'",
                  name));
}

Strategy strategy_of(Level params, Level gradients, Level optimizer) {
  if (params > gradients || gradients > optimizer)
    throw ConfigError(
        "sharding.levels",
        fmt::format("sharding.levels: expected gradients cut at least as far as parameters, and "
                    "optimizer as gradients, found {}, {}, {}",
                    name_of(params), name_of(gradients), name_of(optimizer)));
  for (const Named& s : kNamed)
    if (params == s.params && gradients == s.gradients && optimizer == s.optimizer)
      return {s.name, params, gradients, optimizer};
  return {fmt::format("{}/{}/{}", name_of(params), name_of(gradients), name_of(optimizer)), params, gradients,
          optimizer};
}

std::vector<Strategy> all_strategies() {
  std::vector<Strategy> all;
  for (const Level params : {R, N, W})
    for (const Level gradients : {R, N, W})
      for (const Level optimizer : {R, N, W})
        if (params <= gradients && gradients <= optimizer)
          all.push_back(strategy_of(params, gradients, optimizer));
  return all;
}

}  // namespace fullshard::shard
