#include "comm/nccl/nccl_axes.hpp"

#include <cstdlib>
#include <utility>

#include "comm/nccl/nccl_collectives.hpp"

namespace fullshard::comm {

NcclAxes make_nccl_axes(const mpi::Communicator& world, const mesh::Mesh& mesh, const Transfers& transfers,
                        StreamInUse stream, const GiveUp& give_up) {
  // Operations of several communicators on one device happen in the order in which the host launches them.
  ::setenv("NCCL_LAUNCH_ORDER_IMPLICIT", "1", /*overwrite=*/0);
  const mesh::Coordinates here = mesh.at(WorldRank(world.rank()));
  const int node = here.node.value, local = here.local.value;
  const NcclCommunicator all(world, give_up);
  NcclCommunicator inside = all.split(node, local), between = all.split(local, node);
  Transfers exact = transfers;
  exact.sum_transfer = DType::F32;  // only what goes between nodes may travel rounded
  return {std::make_unique<NcclCollectives>(std::move(inside), local, mesh.local_size(), exact, stream),
          std::make_unique<NcclCollectives>(std::move(between), node, mesh.nodes(), transfers, stream)};
}

}  // namespace fullshard::comm
