#include "fullshard/train/device.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/core/error.hpp"
#include "fullshard/device/gpus.hpp"

namespace fullshard::train {

DeviceId choose_device(const mpi::Communicator& world, bool use_cpu) {
  if (use_cpu) return kHost;
  const std::vector<int64_t> seen = world.all_gather(int64_t{device::num_gpus()});
  if (std::ranges::all_of(seen, [](int64_t n) { return n == 0; })) return kHost;
  const int local = world.split_shared().rank();
  const std::vector<int64_t> locals = world.all_gather(int64_t{local});
  for (size_t r = 0; r < seen.size(); ++r) {
    if (seen[r] == 0)
      throw ConfigError("use_cpu",
                        fmt::format("rank {} sees no GPU, other ranks do; ask for GPUs on every node "
                                    "(--gpus-per-node), or train on the host: use_cpu: true",
                                    r));
    if (seen[r] > 1 && locals[r] >= seen[r])
      throw ConfigError("use_cpu",
                        fmt::format("rank {} is number {} of its node, which has {} GPUs; start as many "
                                    "ranks per node as it has GPUs",
                                    r, locals[r] + 1, seen[r]));
  }
  const DeviceId mine{seen[static_cast<size_t>(world.rank())] == 1 ? 0 : local};
  device::select(mine);
  return mine;
}

}  // namespace fullshard::train
