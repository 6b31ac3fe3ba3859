#pragma once
// What every body of comm/collectives.hpp demands of its arguments.

#include "fullshard/core/span.hpp"

namespace fullshard::comm {

/// Throws InternalError unless `whole` has room for `part` of each of `ranks`, in its dtype.
inline void check_shapes(const char* operation, ConstDeviceSpan whole, ConstDeviceSpan part, int ranks) {
  FS_CHECK(whole.count == part.count * ranks && whole.dtype == part.dtype, "{}: {} elements and {} x {}",
           operation, whole.count.value, ranks, part.count.value);
}

}  // namespace fullshard::comm
