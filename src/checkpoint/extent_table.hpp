#pragma once
// Who writes what: the extents of all ranks, known to all ranks, checked to cover everything once.

#include <cstdint>
#include <span>
#include <vector>

#include "fullshard/checkpoint/manifest.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::checkpoint {

struct TableEntry {
  int64_t tensor = 0;
  Elems first, count;
};

/// The extents of every rank, in rank order.
using ExtentTable = std::vector<std::vector<TableEntry>>;

/// Throws InternalError, naming the tensor, unless the entries cover each element exactly once.
void check_coverage(const ExtentTable& table, std::span<const TensorSpec> tensors);

/// Collective  over `comm`
ExtentTable exchange_extents(const mpi::Communicator& comm, std::span<const TableEntry> mine);

}  // namespace fullshard::checkpoint
