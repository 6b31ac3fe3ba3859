#pragma once
// Numbers that name different things are different types: Device{world_rank} does not compile.

#include <compare>
#include <cstdint>

namespace fullshard {

template <class Tag>
struct Id {
  int value = 0;
  constexpr Id() = default;
  constexpr explicit Id(int v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
};

using WorldRank = Id<struct WorldRankTag>;  ///< MPI world rank
using LocalRank = Id<struct LocalRankTag>;  ///< index inside the mesh node; picks the device
using NodeIndex = Id<struct NodeIndexTag>;  ///< index of the mesh node
using UnitIndex = Id<struct UnitIndexTag>;  ///< position of a unit in the model, in forward order

/// The host, or one of the GPUs that this process sees.
struct DeviceId {
  int gpu = -1;
  constexpr bool is_host() const { return gpu < 0; }
  constexpr bool operator==(const DeviceId&) const = default;
};
inline constexpr DeviceId kHost{};

}  // namespace fullshard
