#pragma once

#include <memory>

#include "comm/stream_in_use.hpp"
#include "fullshard/comm/collectives.hpp"
#include "fullshard/mesh/mesh.hpp"

namespace fullshard::comm {

struct NcclAxes {
  std::unique_ptr<Collectives> local, node;
};

/// GPU memory over NCCL, for both axes of the mesh. `stream` and `give_up` must outlive them, and they what
/// they allocate.
///
/// Collective  over `world`
/// Throws      CommError, also where the ranks do not find each other within two minutes
NcclAxes make_nccl_axes(const mpi::Communicator& world, const mesh::Mesh& mesh, const Transfers& transfers,
                        StreamInUse stream, const GiveUp& give_up);

}  // namespace fullshard::comm
