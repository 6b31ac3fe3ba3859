#pragma once
// A strategy is a triple of levels: how far parameters, gradients (between micro-steps) and optimizer state
// are sharded. One engine runs every triple; names are points of the lattice (docs/sharding.md).

#include <string>
#include <string_view>
#include <vector>

#include "fullshard/mesh/mesh.hpp"

namespace fullshard::shard {

using mesh::Level;

struct Strategy {
  std::string name;
  Level params, gradients, optimizer;
};

/// `inter_zero_stage` is for "hierarchical" alone: what is cut between nodes besides inside them: 0 nothing,
/// 1 the optimizer state, 2 gradients too, 3 parameters too.
///
/// Throws ConfigError for an unknown name or stage
Strategy strategy_named(std::string_view name, int inter_zero_stage = 1);

/// Any triple; it gets the name it is known by, or "node/node/world". Throws ConfigError where a later level
/// is less sharded than an earlier one.
Strategy strategy_of(Level params, Level gradients, Level optimizer);

/// All ten.
std::vector<Strategy> all_strategies();

}  // namespace fullshard::shard
