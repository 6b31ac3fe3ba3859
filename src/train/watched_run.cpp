#include "fullshard/train/watched_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "fullshard/mpi/agree.hpp"

namespace fullshard::train {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

watch::Duration duration(double seconds) {
  return std::chrono::duration_cast<watch::Duration>(std::chrono::duration<double>(seconds));
}

// Ranks of an oversubscribed node wake up late; more is a port that does not let them in. To be said before
// the watchdog takes them for stopped.
constexpr double kConnectSeconds = 20;

}  // namespace

WatchedRun::WatchedRun(const mpi::Communicator& world, double watchdog_seconds) : world_(world.duplicate()) {
  world_.report_to(&board_);
  if (world_.size() == 1 || watchdog_seconds == 0) return;
  std::optional<watch::WatchListener> listener;
  mpi::on_rank_zero(world_, [&] { listener.emplace(world_.size(), host_name()); });
  const std::string invitation = world_.broadcast(listener ? listener->invitation() : "");
  const std::vector<std::string> hosts = world_.all_gather(host_name());
  mpi::together(world_, [&] {
    const watch::WatchPost post{.rank = WorldRank(world_.rank()),
                                .num_ranks = world_.size(),
                                .host = host_name(),
                                .invitation = invitation,
                                .base = duration(watchdog_seconds),
                                .hosts = hosts};
    dog_.emplace(post, board_, std::move(listener));
    signals_.emplace(*dog_);
  });
  mpi::together(
      world_, [&] { dog_->wait_until_connected(duration(std::min(kConnectSeconds, watchdog_seconds / 2))); });
}

void WatchedRun::log_into(const std::filesystem::path& output_dir) {
  if (dog_) dog_->log_to(output_dir / "watchdog.log");
}

void WatchedRun::step_took(double seconds) {
  if (dog_) dog_->step_took(seconds);
}

void WatchedRun::ensure_lease() const {
  if (dog_) dog_->ensure_lease();
}

void WatchedRun::finish() {
  board_.enter(Phase::Finished);
  if (dog_) dog_->finish();
}

}  // namespace fullshard::train
