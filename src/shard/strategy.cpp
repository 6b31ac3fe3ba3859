#include "fullshard/shard/strategy.hpp"

#include <fmt/format.h>

#include "fullshard/core/error.hpp"

namespace fullshard::shard {

Strategy strategy_named(std::string_view name) {
  if (name == "ddp") return {"ddp", Level::Replica, Level::Replica, Level::Replica};
  if (name == "zero3") return {"zero3", Level::World, Level::World, Level::World};
  throw ConfigError("sharding.strategy",
                    fmt::format("sharding.strategy: expected ddp or zero3, found '{}'", name));
}

}  // namespace fullshard::shard
