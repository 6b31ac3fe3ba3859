#pragma once
// Every node against every other: is a link or a node much slower than the rest?

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fullshard/doctor/diagnosis.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::doctor {

/// Rounds of a tournament of `nodes`: in a round nobody plays twice, over all rounds everybody meets
/// everybody. Where that takes more than `most_rounds` rounds, as many are taken, spread evenly over all.
///
/// Source      the circle method: T. P. Kirkman, On a problem in combinations, 1847
std::vector<std::vector<std::pair<int, int>>> tournament(int nodes, int most_rounds);

/// One direction between two nodes.
struct Link {
  int from = 0, to = 0;
  double bytes_per_second = 0, latency_seconds = 0;
};

/// A barrier for ranks that leave their cores to those who measure.
///
/// Collective  over `comm`
void rest_until_all_come(const mpi::Communicator& comm);

/// Measures the links between nodes, pair by pair so that none disturbs another.
///
/// Collective  over `leaders`, one rank of each node; all get the same list
/// Throws      CommError on both sides of a link that is silent
std::vector<Link> probe_links(const mpi::Communicator& leaders);

/// The better of two measurements of each link: what was disturbed once is rarely disturbed twice.
std::vector<Link> best_of(std::span<const Link> a, std::span<const Link> b);

Finding judge_links(std::span<const std::string> hosts, std::span<const Link> links);

}  // namespace fullshard::doctor
