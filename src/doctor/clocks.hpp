#pragma once
// Do the nodes agree what time it is? Logs, locks and file times are compared across nodes.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fullshard/doctor/diagnosis.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/mpi/link_probe.hpp"

namespace fullshard::doctor {

struct NodeClock {
  std::string host;
  mpi::ClockOffset ahead;  ///< of rank 0's node
};

/// Collective  over `leaders`, one rank of each node. The result is complete on its rank 0.
std::vector<NodeClock> probe_clocks(const mpi::Communicator& leaders, std::span<const std::string> hosts,
                                    const std::function<double()>& clock);

/// Seconds since 1970 on this node's clock.
double wall_clock();

Finding judge_clocks(std::span<const NodeClock> clocks);

}  // namespace fullshard::doctor
