#pragma once
// Facts of an allocation that nobody has: nodes n0, n1, … of 8 cores and 64 GiB.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "doctor/facts.hpp"

namespace fullshard::doctor {

constexpr int64_t kGiB = int64_t{1} << 30;

/// Ranks in blocks, each bound to its own cores.
inline std::vector<RankFacts> healthy(int nodes, int per_node) {
  std::vector<RankFacts> all;
  for (int r = 0; r < nodes * per_node; ++r) {
    RankFacts f{.rank = r, .node = r / per_node, .host = "n" + std::to_string(r / per_node)};
    f.program = "/shared/fullshard";
    f.program_digest = "00c0ffee00c0ffee";
    f.versions = "Open MPI 4.1.4;HDF5 1.10.8";
    f.libraries = "libc.so.6=aa;libmpi.so.40=bb";
    f.processor = "Processor 9000";
    f.instruction_set = "x86-64-v4";
    const int cores = 8 / per_node, first = r % per_node * cores;
    f.cores = fmt::format("{}-{}", first, first + cores - 1);
    f.online_cores = 8;
    f.ram = 64 * kGiB;
    f.available = 60 * kGiB;
    f.shared_memory = 32 * kGiB;
    f.open_files = 65536;
    all.push_back(f);
  }
  return all;
}

}  // namespace fullshard::doctor
