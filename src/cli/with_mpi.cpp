#include "cli/with_mpi.hpp"

#include <fmt/format.h>

#include "cli/errors.hpp"
#include "fullshard/mpi/environment.hpp"
#include "fullshard/mpi/rendezvous.hpp"
#include "fullshard/train/stop_signals.hpp"

namespace fullshard::cli {
namespace {

// An agreed error reaches all ranks within a broadcast; ranks of an oversubscribed node may be slow to wake.
constexpr double kPatienceSeconds = 10;

/// However the work ends, signals do not change it while MPI is taken down: launchers end the ranks that are
/// slower to leave than the first one that failed.
struct OutcomeStands {
  ~OutcomeStands() { train::ignore_signals(); }
};

}  // namespace

ExitCode with_mpi(const Invocation& invocation, const std::function<ExitCode(const mpi::Communicator&)>& work,
                  double patience_seconds) {
  const mpi::Environment environment(invocation.argc, invocation.argv, patience_seconds);
  const mpi::Communicator world = mpi::Communicator::world();
  // Its own communicator: a rank stuck in a collective of `world` must not seem to have arrived.
  const mpi::Communicator failed = world.split(0, world.rank());
  try {
    const OutcomeStands at_end;
    return work(world);
  } catch (...) {
    const Ending ending = ending_of(std::current_exception());
    if (mpi::all_arrive(failed, kPatienceSeconds)) {
      if (world.rank() == 0) print_error(ending.message);
      return ending.code;
    }
    print_error(fmt::format("rank {}: {}", world.rank(), ending.message));
    mpi::Environment::abort(static_cast<int>(ending.code));
  }
}

}  // namespace fullshard::cli
