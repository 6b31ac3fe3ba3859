#pragma once

#include <cstddef>

#include "fullshard/core/sizes.hpp"

namespace fullshard::kernels {

/// memcpy that leaves caches alone: what is written is not read from memory first, which is a third of what a
/// copy moves. For what is larger than a cache, or not read again soon.
///
/// Ordering  what was written is visible to whoever finds out afterwards that it was
void stream_copy(std::byte* to, const std::byte* from, Bytes n);

}  // namespace fullshard::kernels
