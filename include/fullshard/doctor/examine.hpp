#pragma once
// Is this allocation fit for a run? Examined in seconds by the ranks that would run it.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fullshard/doctor/diagnosis.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/mpi/launch.hpp"

namespace fullshard::doctor {

/// Whether a rank does something itself or waits for others: who hangs is told from who is kept waiting.
enum class Activity { Working, Waiting };
/// Told on every rank when it begins another part; the name has no end of life.
using Progress = std::function<void(const char* check, Activity)>;

struct Subject {
  mpi::Variables variables;         ///< as they were before MPI started
  std::string versions;             ///< "LibTorch 2.11.0;HDF5 1.10.8", of what is loaded
  std::filesystem::path directory;  ///< where a run would write; need not exist yet. Of rank 0, as inputs is
  std::vector<std::filesystem::path> inputs;  ///< what a run would read
  Progress progress = [](const char*, Activity) {};
};

/// All checks, in the order in which one explains the next. Where ranks run different programs, what would
/// need their cooperation is left out, and a finding says so.
///
/// Collective  over `world`
/// Returns     the diagnosis on rank 0; elsewhere one without findings
/// Throws      CommError where a node falls silent
Diagnosis examine(const mpi::Communicator& world, const Subject& subject);

}  // namespace fullshard::doctor
