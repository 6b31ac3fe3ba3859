#include "fullshard/doctor/examine.hpp"

#include <vector>

#include "doctor/clocks.hpp"
#include "doctor/copying.hpp"
#include "doctor/cores.hpp"
#include "doctor/directory.hpp"
#include "doctor/gpus.hpp"
#include "doctor/inputs.hpp"
#include "doctor/launch.hpp"
#include "doctor/limits.hpp"
#include "doctor/links.hpp"
#include "doctor/machine.hpp"
#include "doctor/memory.hpp"
#include "doctor/sheet.hpp"
#include "doctor/software.hpp"
#include "doctor/words.hpp"
#include "fullshard/core/clock.hpp"

namespace fullshard::doctor {

namespace {

/// The ranks of this node, and the first of each node in the order of nodes.
struct Nodes {
  explicit Nodes(const mpi::Communicator& world)
      : node(world.split_shared()),
        leaders(world.split(leads() ? 0 : 1, world.rank())),
        index(static_cast<int>(node.broadcast(int64_t{leaders.rank()}))) {}
  bool leads() const { return node.rank() == 0; }

  mpi::Communicator node, leaders;  ///< `leaders` is of use only where leads()
  int index;
};

std::vector<RankFacts> gather_facts(const mpi::Communicator& world, const Nodes& nodes,
                                    const Subject& subject) {
  subject.progress("facts", Activity::Working);
  RankFacts mine = own_facts(subject.variables);
  mine.rank = world.rank();
  mine.node = nodes.index;
  mine.versions = subject.versions;
  subject.progress("facts", Activity::Waiting);
  return gathered(world, mine);
}

std::vector<std::string> hosts_of_nodes(const std::vector<RankFacts>& all) {
  std::vector<std::string> hosts;
  for (const std::vector<int>& ranks : ranks_by_node(all))
    hosts.push_back(all[static_cast<size_t>(ranks.front())].host);
  return hosts;
}

// What was disturbed once is hardly disturbed each time: the best of two tours counts at least, and whoever
// is named was slow in every one.
Finding examine_links(const mpi::Communicator& leaders, const std::vector<std::string>& hosts) {
  constexpr double kEnough = 4;  // seconds, of which a tour takes at most two
  const Stopwatch clock;
  std::vector<Link> links = probe_links(leaders);
  Finding finding;
  for (bool again = true; again; again = leaders.broadcast(int64_t{again}) != 0) {
    links = best_of(links, probe_links(leaders));
    finding = judge_links(hosts, links);
    again = finding.verdict != Verdict::Ok && clock.seconds() < kEnough;
  }
  return finding;
}

// What the ranks can only find out together, in the same order on all.
std::vector<Finding> examine_together(const mpi::Communicator& world, const Nodes& nodes,
                                      const Subject& subject, const std::vector<RankFacts>& all) {
  const std::vector<std::string> hosts = hosts_of_nodes(all);
  std::vector<Finding> findings;
  // One answer for all: a directory that only rank 0 has would else be another one elsewhere.
  subject.progress("directory", Activity::Working);
  const std::filesystem::path directory =
      world.broadcast(world.rank() == 0 ? existing_part(subject.directory).string() : "");
  const std::vector<std::string> unread = probe_inputs(world, subject.inputs, subject.progress);
  if (!subject.inputs.empty()) findings.push_back(judge_inputs(all, unread));
  const auto met = probe_directory(world, nodes.node, directory, subject.progress);
  findings.push_back(judge_directory(all, met, directory.string()));
  if (findings.back().verdict == Verdict::Ok) findings.push_back(judge_storage(all, met));
  subject.progress("copying", Activity::Waiting);
  findings.push_back(judge_copying(all, probe_copying(world)));
  if (nodes.leads()) {
    subject.progress("clocks", Activity::Waiting);
    findings.push_back(judge_clocks(probe_clocks(nodes.leaders, hosts, wall_clock)));
    subject.progress("links", Activity::Waiting);
    findings.push_back(examine_links(nodes.leaders, hosts));
  }
  rest_until_all_come(world);
  return findings;
}

}  // namespace

Diagnosis examine(const mpi::Communicator& world, const Subject& subject) {
  const Stopwatch clock;
  subject.progress("nodes", Activity::Waiting);
  const Nodes nodes(world);
  const std::vector<RankFacts> all = gather_facts(world, nodes, subject);
  const Finding program = judge_program(all);
  // The judgement of one rank counts: different programs may judge differently.
  const bool same_program = world.broadcast(int64_t{program.verdict == Verdict::Ok}) != 0;
  std::vector<Finding> together;
  if (same_program)
    together = examine_together(world, nodes, subject, all);
  else
    together.push_back({.verdict = Verdict::Warn,
                        .check = "probes",
                        .text =
                            "directory, storage, copying, clocks and links were left out: different programs "
                            "may speak differently",
                        .remedy = "mend the program first"});
  if (world.rank() != 0) return {};
  Diagnosis d{.allocation = allocation_text(all)};
  d.findings = {judge_launch(subject.variables, all),
                program,
                judge_libraries(all),
                judge_processors(all),
                judge_cores(all),
                judge_memory(all),
                judge_shared_memory(all),
                judge_limits(all),
                judge_gpus(all)};
  d.findings.insert(d.findings.end(), together.begin(), together.end());
  d.seconds = clock.seconds();
  return d;
}

}  // namespace fullshard::doctor
