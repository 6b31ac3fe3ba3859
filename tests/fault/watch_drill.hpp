#pragma once
// Processes that behave like the ranks of a run, without MPI and without mathematics: phases, collectives
// over shared memory, a watchdog, and a fault at a place that the drill chooses.

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/watch/boot_clock.hpp"

namespace fullshard::drill {

enum class Fault {
  None,
  Stop,      ///< SIGSTOP before a collective
  Loop,      ///< an endless loop before it
  Skip,      ///< goes on without it
  Cut,       ///< no connection any more, for good
  ShortCut,  ///< no connection for a while that must be borne
};

struct Plan {
  int ranks = 4;
  Fault fault = Fault::None;
  int rank = 0;  ///< that has the fault
  Phase phase = Phase::Backward;
  watch::Duration base = std::chrono::seconds(2);
  watch::Duration cut = {};  ///< of ShortCut
  watch::Duration run = {};  ///< without a fault, or with one that is borne: how long the run is to be
  std::filesystem::path log;
};

/// Two ranks to a host: 5 is on "n2".
std::string host_of(int rank);
/// What ranks of a drill wait in during `phase`: "reduce of block 7 over node".
Collective collective_of(Phase phase);

/// Lies in memory that all processes of a drill share.
struct Shared {
  std::atomic<int> invited{0};
  char invitation[2048] = {};
  std::atomic<int64_t> arrived[kNumPhases] = {};  ///< at the barrier of a phase, all rounds together
  std::atomic<int64_t> fault_ns{0};               ///< when it happened
  std::atomic<int64_t> steps{0};                  ///< of rank 0
};

/// Keeps a core busy.
[[noreturn]] inline void loop_for_ever() {
  for (std::atomic<uint64_t> turns{0};; ++turns) {
  }
}

/// A rank from birth to its end; never returns.
[[noreturn]] void be_rank(int rank, const Plan& plan, Shared& shared);

}  // namespace fullshard::drill
