#include "fullshard/mpi/link_probe.hpp"

#include <chrono>
#include <cmath>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/error.hpp"
#include "support/judge.hpp"

namespace fullshard {

using test::judge_all_ranks;
using test::world;

namespace {

/// The other rank of this one's pair (0,1), (2,3), …; -1 without one.
int partner() {
  const int peer = world().rank() ^ 1;
  return peer < world().size() ? peer : -1;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

TEST(LinkProbe, both_sides_get_the_same_figures_in_bounded_time) {
  const Stopwatch clock;
  mpi::LinkSpeed speed;
  if (partner() >= 0) speed = mpi::probe_link(world(), partner());
  const double seconds = clock.seconds();

  const auto to = world().all_gather(speed.to_peer), from = world().all_gather(speed.from_peer);
  judge_all_ranks([&] {
    if (partner() < 0) return true;
    const auto peer = static_cast<size_t>(partner());
    return to[peer] == speed.from_peer && from[peer] == speed.to_peer && speed.to_peer > 1e6 &&
           speed.latency_seconds > 0 && seconds < 5;
  });
}

TEST(LinkProbe, a_silent_peer_is_named_after_the_time_given) {
  // Never freed: a ping that nobody takes stays in it.
  const auto* line = new mpi::Communicator(world().split(0, world().rank()));
  const bool asks = partner() > world().rank();
  std::string message;
  const Stopwatch clock;
  try {
    if (asks) mpi::probe_link(*line, partner(), {.silence_seconds = 0.1});
  } catch (const CommError& e) {
    message = e.what();
  }

  const double seconds = clock.seconds();
  const std::string expected = "rank " + std::to_string(partner()) + " was silent for 0.1 s";
  judge_all_ranks([&] { return !asks || (message.find(expected) != std::string::npos && seconds < 10); });
}

TEST(ClockProbe, finds_how_far_the_peers_clock_is_ahead_within_its_uncertainty) {
  const double skew = world().rank() % 2 == 1 ? 100 : 0;
  mpi::ClockOffset offset;
  if (partner() >= 0) offset = mpi::probe_clock(world(), partner(), [&] { return now() + skew; });

  judge_all_ranks([&] {
    if (partner() < 0) return true;
    const double expected = world().rank() % 2 == 1 ? -100 : 100;
    // Doubles of seconds since 1970 are 2.4e-7 apart, and two of them are subtracted.
    return std::abs(offset.seconds - expected) <= offset.uncertainty + 1e-6;
  });
}

}  // namespace fullshard
