#include "fullshard/tensor/parallel.hpp"

#include <ATen/Parallel.h>

#include <algorithm>

#include "fullshard/core/sizes.hpp"

namespace fullshard::tensor {

void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  const int64_t parts = std::min<int64_t>(at::in_parallel_region() ? 1 : at::get_num_threads(),
                                          ceil_div(n, std::max<int64_t>(grain, 1)));
  if (parts <= 1) {
    if (n > 0) body(0, n);
    return;
  }
  const int64_t size = ceil_div(n, parts);
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(parts))
  for (int64_t p = 0; p < parts; ++p)
    if (p * size < n) body(p * size, std::min(n, (p + 1) * size));
}

}  // namespace fullshard::tensor
