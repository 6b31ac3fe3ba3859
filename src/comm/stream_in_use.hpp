#pragma once

#include <functional>

#include "fullshard/device/stream.hpp"

namespace fullshard::comm {

/// Tells the stream of the lane whose work is under way.
using StreamInUse = std::function<const device::Stream&()>;

}  // namespace fullshard::comm
