#pragma once
// Sums in host memory in the order that comm/collectives.hpp promises.

#include <span>

#include "fullshard/core/accumulate.hpp"
#include "fullshard/core/span.hpp"

namespace fullshard::comm {

/// dst [n] (+)= the sources [n] added in the order of a binary tree padded to a power of two. Sources may be
/// dst itself. F32 or F64, all alike; at least one source.
void tree_sum(DeviceSpan dst, std::span<const std::byte* const> sources, Accumulate mode);

}  // namespace fullshard::comm
