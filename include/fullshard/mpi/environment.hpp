#pragma once

namespace fullshard::mpi {

/// MPI from construction to destruction; `main` owns the one that exists.
///
/// Throws      CommError if the library cannot give MPI_THREAD_SERIALIZED, or if the launcher says another
/// number
///             of ranks, nodes or another local rank than MPI sees (mpi/launch.hpp): tasks that do not see
///             each other would each train alone. All ranks that see each other throw it. Also if ranks are
///             not heard in time, with their numbers: MPI's own collectives would wait for ever.
/// Collective  over all ranks of the job
/// Destructor  finalizes; while an exception unwinds it aborts the job instead, because ranks that did not
/// fail would
///             wait in MPI_Finalize or in a collective for ever
class Environment {
 public:
  /// `patience_seconds` is the time that the ranks have to hear of each other once MPI has started.
  explicit Environment(int& argc, char**& argv, double patience_seconds = 60);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Ends every rank of the job at once with this exit status.
  [[noreturn]] static void abort(int exit_status) noexcept;

 private:
  int exceptions_at_start_;
};

/// "Open MPI 4.1.4"
const char* library_version();

}  // namespace fullshard::mpi
