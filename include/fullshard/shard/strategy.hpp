#pragma once
// A strategy is a triple of levels: how far parameters, gradients (between micro-steps) and optimizer state
// are sharded. One engine runs every triple; names are points of the lattice (docs/architecture.md).

#include <string>
#include <string_view>

#include "fullshard/mesh/mesh.hpp"

namespace fullshard::shard {

using mesh::Level;

struct Strategy {
  std::string name;
  Level params, gradients, optimizer;
};

/// "ddp" or "zero3". Throws ConfigError for any other name.
Strategy strategy_named(std::string_view name);

}  // namespace fullshard::shard
