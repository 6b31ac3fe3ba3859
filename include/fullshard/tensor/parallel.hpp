#pragma once

#include <cstdint>
#include <functional>

namespace fullshard::tensor {

/// Calls body(begin, end) over disjoint parts of [0, n), on as many threads as ATen uses, each part at least
/// `grain` long. Shares ATen's own OpenMP runtime, so its threads are not doubled. Exceptions must not leave
/// `body`.
void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace fullshard::tensor
