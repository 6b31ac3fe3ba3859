#include "watch/watchdog_thread.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "fullshard/core/check.hpp"
#include "fullshard/core/signals_blocked.hpp"

namespace fullshard::watch {

namespace {

// Of a lease that nobody can take away any more.
constexpr TimePoint kForEver = TimePoint::max();
constexpr Duration kFarewell = std::chrono::seconds(1), kFarewellBeat = std::chrono::milliseconds(20);

}  // namespace

Watchdog::Thread::Thread(const WatchPost& post, const ProgressBoard& board,
                         std::optional<WatchListener> listener)
    : base_(post.base),
      rank_(post.rank.value),
      num_ranks_(post.num_ranks),
      board_(board),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  FS_CHECK(listener.has_value() == (rank_ == 0), "rank {} {} a listener", rank_,
           listener ? "has" : "has not");
  if (!wake_) throw CommError("watchdog", "eventfd: " + errno_text(errno));
  const TimePoint now = BootClock::now();
  Invitation invitation = parse_invitation(post.invitation);
  message_.token = invitation.token;
  message_.rank = rank_;
  message_.host = host_name(post.host);
  next_turn_ = last_look_ = now;
  message_.advanced = now.time_since_epoch().count();
  renew_lease(now);
  if (listener) {
    RankRecord fresh;
    fresh.heard = fresh.advanced = now;
    fresh.host = host_name("");
    ranks_.assign(static_cast<size_t>(num_ranks_), fresh);
    for (size_t r = 0; r < std::min(ranks_.size(), post.hosts.size()); ++r)
      ranks_[r].host = host_name(post.hosts[r]);
    ranks_[0].host = message_.host;
    ranks_[0].connected = true;
    hub_.emplace(listener->take_socket(), message_.token, ranks_, wake_.get());
    connected_ = true;
  } else {
    spoke_.emplace(std::move(invitation), limits(), num_ranks_, wake_.get(), now);
  }
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "watchdog");
}

Watchdog::Thread::~Thread() {
  stop_ = true;
  finish();
  thread_.join();
}

void Watchdog::Thread::finish() noexcept {
  finished_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);
}

bool Watchdog::Thread::lease_valid() const noexcept {
  const TimePoint from{Duration(lease_from_.load())};
  return from == kForEver || BootClock::now() - from < limits().lease();
}

Limits Watchdog::Thread::limits() const noexcept {
  return {base_, Duration(median_step_.load(std::memory_order_relaxed))};
}

Duration Watchdog::Thread::until_next(TimePoint now) const noexcept {
  const TimePoint next = hub_ || finished_ ? next_turn_ : std::min(next_turn_, missing_judge_at());
  return std::clamp<Duration>(next - now, std::chrono::milliseconds(1), limits().heartbeat());
}

// Order: whoever wakes up after too long a sleep must not say or write anything, so the clock is looked at
// before what has arrived meanwhile.
void Watchdog::Thread::run() noexcept {
  TimePoint now = BootClock::now();
  while (true) {
    hub_ ? hub_->wait(until_next(now)) : spoke_->wait(until_next(now));
    now = BootClock::now();
    if (now - last_look_ > limits().oversleep()) end_stopped(now - last_look_);
    last_look_ = now;
    if (!turn(now)) return;
  }
}

bool Watchdog::Thread::turn(TimePoint now) noexcept {
  uint64_t drained;
  const bool woken = ::read(wake_.get(), &drained, sizeof drained) > 0;  // before the flags that it announces
  const bool stop = stop_;
  if (spoke_) spoke_->handle(now);
  const bool due = now >= next_turn_ || woken || (spoke_ && spoke_->wants_beat());
  if (due) {
    refresh_message(now);
    next_turn_ = now + limits().heartbeat();
  }
  hub_ ? turn_of_judge(now, due) : turn_of_other(now, due);
  if (!stop) return true;
  if (stop_by_ == TimePoint{}) stop_by_ = now + std::min<Duration>(kFarewell, base_ / 4);
  next_turn_ = std::min<TimePoint>(next_turn_, now + kFarewellBeat);
  return spoke_ && !spoke_->released() && now < stop_by_;
}

void Watchdog::Thread::refresh_message(TimePoint now) noexcept {
  const uint64_t before = message_.progress.changes;
  // A writer caught between its stores is at work: what was read before stays for another moment.
  if (const auto progress = board_.read()) {
    message_.progress = *progress;
    const Phase phase = progress->phase;
    if (phase == Phase::Startup || phase == Phase::Load || phase == Phase::Save || phase == Phase::Export)
      message_.progress.changes += io_.moves() << 32;
  }
  if (message_.progress.changes != before) message_.advanced = now.time_since_epoch().count();
  message_.kind = finished_ ? MessageKind::Bye : MessageKind::Beat;
}

void Watchdog::Thread::turn_of_judge(TimePoint now, bool due) noexcept {
  hub_->handle(now, message_);
  renew_lease(finished_ ? kForEver : now);
  if (!due) return;
  hub_->sweep(now);
  RankRecord& mine = ranks_[0];
  if (message_.progress.changes != mine.progress.changes) mine.advanced = now;
  mine.heard = now;
  mine.progress = message_.progress;
  mine.finished = finished_;
  const auto verdict = stop_ ? std::nullopt : judge(ranks_, limits(), now);
  if (verdict) speak(line_of(*verdict, ranks_, now, line_), now);
  Message message = message_;
  message.kind = verdict ? MessageKind::End : stop_ ? MessageKind::Bye : MessageKind::Echo;
  hub_->say_to_all(message);
  if (!verdict) return;
  // A socket that is closed with input unread takes back what was sent; the others need a moment to read it.
  ::usleep(100'000);
  leave();
}

void Watchdog::Thread::turn_of_other(TimePoint now, bool due) noexcept {
  if (spoke_->told_to_end()) leave();
  if (spoke_->ever_heard()) connected_ = true;
  renew_lease(finished_ || spoke_->released() ? kForEver : spoke_->confirmed());
  if (!finished_ && now >= missing_judge_at()) {
    speak(line_of_missing_judge(spoke_->rank_zero(), rank_, message_.progress, now, line_), now);
    leave();
  }
  if (due) spoke_->beat(message_, now);
}

// The lowest rank speaks first. The others give the launcher a little time to end them, and otherwise find
// its line in the log.
TimePoint Watchdog::Thread::missing_judge_at() const noexcept {
  if (spoke_->released()) return kForEver;
  const Duration turn = rank_ == 1 ? Duration::zero() : base_ / 25 + base_ / 50 * (rank_ - 1) / num_ranks_;
  return spoke_->rank_zero().heard + limits().silent_judge() + turn;
}

// A rank that was stopped just now has no right to accuse others.
void Watchdog::Thread::speak(std::string_view line, TimePoint as_of) const noexcept {
  const Duration gap = BootClock::now() - as_of;
  if (gap > limits().oversleep() - limits().lease()) end_stopped(gap);
  last_words_.speak(line);
}

// The thread ends the process if the lease is not renewed; the end here is for a thread that does not come to
// it.
void Watchdog::Thread::wait_for_lease() const noexcept {
  const TimePoint start = BootClock::now();
  while (!lease_valid()) {
    const TimePoint now = BootClock::now();
    if (now - start > base_) end_stopped(now - TimePoint(Duration(lease_from_.load())));
    ::usleep(1000);
  }
}

void Watchdog::Thread::end_stopped(Duration gap) const noexcept {
  std::array<char, 512> line;  // other threads may come here, too
  const auto end = fmt::format_to_n(line.data(), line.size(),
                                    "fullshard: rank {} on {} was stopped or cut off for {:.0f} s: others "
                                    "may have gone on without it, so it ends and "
                                    "writes nothing more\n",
                                    rank_, message_.host.data(), seconds(gap));
  [[maybe_unused]] const ssize_t n =
      ::write(STDERR_FILENO, line.data(), std::min<size_t>(end.size, line.size()));
  leave();
}

void Watchdog::Thread::leave() const noexcept {
  ::_exit(static_cast<int>(ExitCode::Communication));
}

}  // namespace fullshard::watch
