#include "doctor/launch.hpp"

#include <fmt/format.h>

#include <vector>

#include "doctor/words.hpp"
#include "fullshard/mesh/mesh.hpp"

namespace fullshard::doctor {

std::string allocation_text(std::span<const RankFacts> all) {
  constexpr size_t kShown = 8;
  std::vector<std::string> places;
  for (const RankFacts& f : all) places.push_back(std::to_string(f.node));
  const auto nodes = ranks_by_node(all);
  std::string out =
      fmt::format("{} on {} (mesh {}):", counted(static_cast<int64_t>(all.size()), "rank"),
                  counted(static_cast<int64_t>(nodes.size()), "node"), mesh::Mesh::from_hosts(places).text());
  for (size_t n = 0; n < std::min(nodes.size(), kShown); ++n)
    out += fmt::format("{} {} {}", n ? "," : "", all[static_cast<size_t>(nodes[n].front())].host,
                       nodes[n].size());
  return nodes.size() > kShown ? out + fmt::format(" and {} more", nodes.size() - kShown) : out;
}

Finding judge_launch(const mpi::Variables& variables, std::span<const RankFacts> all) {
  const auto nodes = static_cast<int64_t>(ranks_by_node(all).size());
  Finding f{.check = "launch"};
  f.text = fmt::format("{}: {} on {}, as MPI sees them", mpi::name_of(mpi::launch_of(variables).by),
                       counted(static_cast<int64_t>(all.size()), "rank"), counted(nodes, "node"));
  const auto allocated = mpi::number_of(variables, "SLURM_JOB_NUM_NODES");
  if (!allocated || *allocated <= nodes) return f;
  f.verdict = Verdict::Warn;
  f.text += fmt::format(", of {} that are allocated", counted(*allocated, "node"));
  f.remedy = "start ranks on all of them: srun -N$SLURM_JOB_NUM_NODES, or mpirun --map-by ppr:RANKS:node";
  return f;
}

}  // namespace fullshard::doctor
