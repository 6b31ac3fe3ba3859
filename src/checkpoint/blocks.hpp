#pragma once

#include <cstdint>

namespace fullshard::checkpoint {

/// O_DIRECT wants addresses, offsets and sizes to be multiples of this.
inline constexpr int64_t kBlock = 4096;

}  // namespace fullshard::checkpoint
