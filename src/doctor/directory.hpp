#pragma once
// Is the output directory one directory, the same for all ranks, and is there room in it?

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"
#include "fullshard/doctor/examine.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::doctor {

/// What one rank met in the directory. Problems are empty where all went well.
struct DirectoryFacts {
  std::string file_system;      ///< "nfs", "lustre", "tmpfs", …
  std::string writing_problem;  ///< of this rank's file
  std::string reading_problem;  ///< of rank 0's file
  int64_t seen_by_rank_0 = 0;   ///< 1: rank 0 read what this rank wrote
  int64_t lowest_seen = 0;      ///< lowest rank whose file is there: ranks with one directory agree; -1: none
  double seconds = 0;           ///< until what it looked for was there
  int64_t free_bytes = kUnlimited;
  int64_t probe_bytes = 0;  ///< written by the first rank of each node, durably
  double probe_seconds = 0;
  std::string probe_problem;
  int64_t full = 0;  ///< 1: the probe's problem is missing room

  template <class Self, class Visit>
  static void fields(Self& f, Visit&& visit) {
    visit("file_system", f.file_system), visit("writing_problem", f.writing_problem);
    visit("reading_problem", f.reading_problem), visit("seen_by_rank_0", f.seen_by_rank_0);
    visit("lowest_seen", f.lowest_seen), visit("seconds", f.seconds), visit("free_bytes", f.free_bytes);
    visit("probe_bytes", f.probe_bytes), visit("probe_seconds", f.probe_seconds);
    visit("probe_problem", f.probe_problem), visit("full", f.full);
  }
};

/// The directory itself, or the nearest one above it that exists.
std::filesystem::path existing_part(const std::filesystem::path& directory);

struct DirectoryProbe {
  double patience_seconds = 2;  ///< for caches of network file systems
  double writing_seconds = 0.4;
  int64_t most_bytes = int64_t{64} << 20;
};

/// Every rank writes a small file and reads rank 0's, while rank 0 reads every rank's; the first rank of each
/// node then measures writing. Leaves nothing behind.
///
/// Collective  over `world`; never throws but for communication
std::vector<DirectoryFacts> probe_directory(const mpi::Communicator& world, const mpi::Communicator& node,
                                            const std::filesystem::path& directory, const Progress& progress,
                                            const DirectoryProbe& probe = {});

/// Where several directories have that name, that of most ranks is the right one.
Finding judge_directory(std::span<const RankFacts> all, std::span<const DirectoryFacts> found,
                        const std::string& directory);
/// Room and speed.
Finding judge_storage(std::span<const RankFacts> all, std::span<const DirectoryFacts> found);

}  // namespace fullshard::doctor
