// A program without CUDA never has memory of a GPU to move.

#include "comm/nccl/nccl_axes.hpp"

#include "fullshard/core/check.hpp"

namespace fullshard::comm {

NcclAxes make_nccl_axes(const mpi::Communicator&, const mesh::Mesh&, const Transfers&, StreamInUse,
                        const GiveUp&) {
  FS_CHECK(false, "this program was built without NCCL");
}

}  // namespace fullshard::comm
