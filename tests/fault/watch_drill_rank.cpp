#include <signal.h>

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>

#include "fault/watch_drill.hpp"
#include "fault/watch_drill_link.hpp"
#include "fullshard/core/append_file.hpp"
#include "fullshard/watch/watchdog.hpp"

namespace fullshard::drill {

namespace {

using watch::BootClock;
using watch::Duration;
using watch::Watchdog;

int64_t now_ns() {
  return BootClock::now().time_since_epoch().count();
}

void nap() {
  std::this_thread::sleep_for(std::chrono::microseconds(200));
}

/// The invitation with another port, on this machine.
std::string through(const drill::Link& link, const std::string& invitation) {
  std::istringstream in(invitation);
  std::string token, port, host;
  in >> token >> port >> host;
  return token + " " + std::to_string(link.port()) + " " + host + " 127.0.0.1";
}

uint16_t port_of(const std::string& invitation) {
  return static_cast<uint16_t>(std::stoi(invitation.substr(invitation.find(' '))));
}

Traffic traffic_of(Phase phase) {
  return phase == Phase::Forward || phase == Phase::Backward ? Traffic::Transfer : Traffic::Control;
}

class Rank {
 public:
  Rank(int rank, const Plan& plan, Shared& shared) : rank_(rank), plan_(plan), shared_(shared) {}

  void live() {
    Watchdog dog = start();
    dog_ = &dog;
    dog.log_to(plan_.log);
    dog.wait_until_connected(std::chrono::seconds(20));
    meet(Phase::Finished);
    const int64_t end = now_ns() + plan_.run.count();
    in_phase(Phase::Startup);
    in_phase(Phase::Load);
    while (more_until(end)) step();
    in_phase(Phase::Export);
    dog.finish();
    std::this_thread::sleep_for(std::chrono::milliseconds(100 * rank_));  // ranks leave at different times
  }

 private:
  Watchdog start() {
    std::optional<watch::WatchListener> listener;
    if (rank_ == 0) {
      listener.emplace(plan_.ranks, host_of(0));
      std::strncpy(shared_.invitation, listener->invitation().c_str(), sizeof shared_.invitation - 1);
      shared_.invited = 1;
    }
    while (!shared_.invited) nap();
    std::string invitation = shared_.invitation;
    if (rank_ != 0) {
      link_.emplace(port_of(invitation));
      invitation = through(*link_, invitation);
    }
    return Watchdog({WorldRank(rank_), plan_.ranks, host_of(rank_), invitation, plan_.base}, board_,
                    std::move(listener));
  }

  // Like an agreed stop: one number for all.
  bool more_until(int64_t end) {
    if (rank_ == 0 && now_ns() > end && plan_.run.count() > 0) shared_.steps = -1;
    meet(Phase::Finished);
    return shared_.steps >= 0;
  }

  void step() {
    const auto begin = now_ns();
    board_.begin_step(++step_);
    in_phase(Phase::Forward);
    in_phase(Phase::Backward);
    in_phase(Phase::Update);
    if (rank_ == 0) ++shared_.steps;
    if (step_ % 3 == 0) in_phase(Phase::Evaluate);
    if (step_ % 3 == 1) in_phase(Phase::Save);
    dog_->step_took(static_cast<double>(now_ns() - begin) * 1e-9);
  }

  void in_phase(Phase phase) {
    const PhaseScope scope(board_, phase);
    const bool mine = plan_.rank == rank_ && plan_.phase == phase && shared_.fault_ns == 0 && step_ != 1;
    if (mine && plan_.fault != Fault::None) suffer();
    if (mine && plan_.fault == Fault::Skip) return;
    const CollectiveScope in_flight(&board_, traffic_of(phase), collective_of(phase));
    meet(phase);
  }

  void suffer() {
    shared_.fault_ns = now_ns();
    switch (plan_.fault) {
      case Fault::Stop:
        ::raise(SIGSTOP);
        // Woken up: what a rank would do next.
        dog_->ensure_lease();
        AppendFile(plan_.log).append("a stopped rank has written\n");
        break;
      case Fault::Loop:
        loop_for_ever();
      case Fault::Cut:
        link_->cut();
        std::this_thread::sleep_for(std::chrono::hours(1));  // its collectives do not come through, either
        break;
      case Fault::ShortCut:
        link_->cut();
        std::this_thread::sleep_for(plan_.cut);
        return link_->mend();
      case Fault::Skip:
      case Fault::None:
        break;
    }
  }

  // All ranks, of one phase each time: who skips a collective is missed there and waits in the next one.
  void meet(Phase phase) {
    const auto which = static_cast<size_t>(phase);
    const int64_t round = met_[which]++;
    ++shared_.arrived[which];
    while (shared_.arrived[which] < (round + 1) * plan_.ranks) nap();
  }

  int rank_;
  const Plan& plan_;
  Shared& shared_;
  ProgressBoard board_;
  Watchdog* dog_ = nullptr;
  std::optional<drill::Link> link_;
  int64_t step_ = 0;
  std::array<int64_t, kNumPhases> met_{};
};

}  // namespace

std::string host_of(int rank) {
  return "n" + std::to_string(rank / 2);
}

Collective collective_of(Phase phase) {
  switch (phase) {
    case Phase::Forward:
      return {"gather", "block 3", "local", Bytes{1 << 20}};
    case Phase::Backward:
      return {"reduce", "block 7", "node", Bytes{12 << 20}};
    case Phase::Update:
      return {"sum", "", "world", Bytes{8}};
    default:
      return {"agree", "", "world", Bytes{8}};
  }
}

void be_rank(int rank, const Plan& plan, Shared& shared) {
  try {
    Rank(rank, plan, shared).live();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "rank %d: %s\n", rank, e.what());
    std::_Exit(1);
  }
  std::_Exit(0);
}

}  // namespace fullshard::drill
