#pragma once
// Two ranks measure what lies between them: latency, speed in each direction, difference of their clocks.

#include <functional>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::mpi {

/// Bytes per second in the direction of the name.
struct LinkSpeed {
  double latency_seconds = 0;  ///< one way: half of the fastest round trip
  double to_peer = 0, from_peer = 0;
};

struct LinkProbe {
  double seconds = 0.06;       ///< what the measurement may take where the link is not very slow
  double silence_seconds = 4;  ///< after which the peer counts as gone
};

/// Pings, then messages of growing size until one takes long enough to be measured; the speed is the best of
/// the largest size, so that the burst which a shaped link lets pass does not count.
///
/// Collective  over this rank and `peer`, nobody else; both get the same figures, each from its own side
/// Throws      CommError naming the peer if it stays silent
LinkSpeed probe_link(const Communicator& comm, int peer, const LinkProbe& probe = {});

/// How far the peer's clock is ahead, known to within `uncertainty`.
struct ClockOffset {
  double seconds = 0, uncertainty = 0;
};

/// Reads both clocks around ping-pongs; the fastest one bounds the error by half of its round trip.
///
/// Collective  over this rank and `peer`, nobody else
/// Throws      CommError naming the peer if it stays silent
/// Source      F. Cristian, Probabilistic clock synchronization, Distributed Computing 3, 1989
ClockOffset probe_clock(const Communicator& comm, int peer, const std::function<double()>& clock,
                        const LinkProbe& probe = {});

}  // namespace fullshard::mpi
