#include <fmt/format.h>

#include <array>

#include "doctor/links.hpp"
#include "doctor/sheet.hpp"
#include "doctor/words.hpp"
#include "fullshard/mpi/link_probe.hpp"
#include "fullshard/mpi/rendezvous.hpp"

namespace fullshard::doctor {

namespace {

constexpr int kMostRounds = 15;  // 16 nodes meet all others; 15 times 0.06 s

/// One pair's meeting, on its way to the others.
struct Meeting {
  int a = 0, b = 0;
  double latency = 0, to_b = 0, to_a = 0;

  template <class Self, class Visit>
  static void fields(Self& m, Visit&& visit) {
    visit("a", m.a), visit("b", m.b), visit("latency", m.latency), visit("to_b", m.to_b),
        visit("to_a", m.to_a);
  }
};

}  // namespace

void rest_until_all_come(const mpi::Communicator& comm) {
  constexpr double kSeconds = 30;
  if (!mpi::all_arrive(comm, kSeconds))
    throw CommError("link probe",
                    fmt::format("not all ranks came within {} s; see whether all nodes live", kSeconds));
}

std::vector<Link> probe_links(const mpi::Communicator& leaders) {
  std::vector<Link> links;
  for (const auto& round : tournament(leaders.size(), kMostRounds)) {
    rest_until_all_come(leaders);
    Meeting mine;  // of the lower rank of a pair; empty for everyone else
    for (const auto& [a, b] : round) {
      if (leaders.rank() == b) mpi::probe_link(leaders, a);
      if (leaders.rank() != a) continue;
      const mpi::LinkSpeed speed = mpi::probe_link(leaders, b);
      mine = {a, b, speed.latency_seconds, speed.to_peer, speed.from_peer};
    }
    for (const Meeting& m : gathered(leaders, mine)) {
      if (m.a == m.b) continue;
      links.push_back({m.a, m.b, m.to_b, m.latency});
      links.push_back({m.b, m.a, m.to_a, m.latency});
    }
  }
  return links;
}

}  // namespace fullshard::doctor
