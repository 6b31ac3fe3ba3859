#pragma once

#include "fullshard/core/ids.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::train {

/// Where this rank trains: its node's GPU of its local rank, or the one that it sees alone; the host with
/// `use_cpu`, or where no rank sees a GPU. Selects it for the calling thread.
///
/// Collective  over `world`
/// Throws      ConfigError, the same on all ranks, where only some see one, or more ranks share a node than
///             GPUs
DeviceId choose_device(const mpi::Communicator& world, bool use_cpu);

}  // namespace fullshard::train
